from tests.sandbox_process import sandbox as sandbox
from tests.sandbox_process import shared_sandbox as shared_sandbox

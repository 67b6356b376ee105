/** The task library echoes every value that it reads as a debug line; what may be a secret is read without echo. */

import { Writable } from 'node:stream';

import * as tl from 'azure-pipelines-task-lib/task';

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

/** What `read` gives, with nothing of it on stdout. */
export function quietly<T>(read: () => T): T {
  tl.setStdStream(nowhere);
  try {
    return read();
  } finally {
    tl.setStdStream(process.stdout);
  }
}

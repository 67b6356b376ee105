/** Which Python runs the engine: the first that is new enough and works, with nothing of its own site-packages. */

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { Refusal } from './protocol';

const OLDEST: readonly [number, number] = [3, 11];
const PROBE = 'import sys, ssl, json; print("%d.%d.%d" % sys.version_info[:3], sys.executable)';
const PROBE_MILLISECONDS = 20_000;

/** A command that may be a Python, and where it comes from in words. */
interface Candidate {
  readonly command: readonly string[];
  readonly from: string;
}

export interface Python {
  readonly command: readonly string[];
  readonly version: string;
  readonly from: string;
}

/** Where to look: everything that the search depends on. */
export interface Places {
  /** The input pythonPath; when it is given nothing else is tried. */
  readonly asked: string | undefined;
  readonly environ: NodeJS.ProcessEnv;
  readonly tools: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** The Python to use. Throws `Refusal` that lists what was tried when there is none. */
export function findPython(places: Places): Python {
  const tried: string[] = [];
  for (const candidate of candidates(places)) {
    const outcome = probe(candidate);
    if (typeof outcome !== 'string') {
      return outcome;
    }
    tried.push(`${candidate.from}: ${candidate.command.join(' ')} (${outcome})`);
  }
  const list = tried.length > 0 ? tried.join('; ') : 'nothing was found to try';
  throw new Refusal(
    `Python ${OLDEST.join('.')} or newer is needed on the agent, and none was found. Tried: ${list}. ` +
      `Put the step "- task: UsePythonVersion@0" (inputs: versionSpec: "3.x") before this one, ` +
      `install Python on the agent, or name one by the input pythonPath.`,
  );
}

/** In this order: what the step asks for, UsePythonVersion's, the PATH's, the agent's tools, Azure CLI's own. */
function* candidates(places: Places): Generator<Candidate> {
  const windows = places.platform === 'win32';
  if (places.asked !== undefined) {
    yield { command: [places.asked], from: 'input pythonPath' };
    return;
  }
  const location = places.environ['pythonLocation'];
  if (location) {
    yield { command: [inside(location, windows)], from: 'pythonLocation' };
  }
  for (const name of windows ? ['python.exe', 'python3.exe'] : namesOnPath()) {
    for (const file of onPath(name, places)) {
      yield { command: [file], from: 'PATH' };
    }
  }
  if (windows) {
    yield { command: ['py', '-3'], from: 'launcher' };
  }
  for (const folder of toolFolders(places.tools)) {
    yield { command: [inside(folder, windows)], from: 'Agent.ToolsDirectory' };
  }
  const azureCli = windows
    ? path.join(places.environ['ProgramFiles'] ?? 'C:\\Program Files', 'Microsoft SDKs', 'Azure', 'CLI2', 'python.exe')
    : '/opt/az/bin/python3';
  if (fs.existsSync(azureCli)) {
    yield { command: [azureCli], from: 'Azure CLI' };
  }
}

function namesOnPath(): string[] {
  return ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];
}

function inside(folder: string, windows: boolean): string {
  return windows ? path.join(folder, 'python.exe') : path.join(folder, 'bin', 'python3');
}

function onPath(name: string, places: Places): string[] {
  const folders = (places.environ['PATH'] ?? places.environ['Path'] ?? '').split(path.delimiter);
  const files = folders.filter((folder) => folder !== '').map((folder) => path.join(folder, name));
  return files.filter((file) => fs.existsSync(file));
}

/** `<tools>/Python/3.12.1/x64`, complete ones only, the newest version first. */
function toolFolders(tools: string | undefined): string[] {
  const root = path.join(tools ?? '', 'Python');
  if (!tools || !fs.existsSync(root)) {
    return [];
  }
  const folders = fs.readdirSync(root, { withFileTypes: true }).filter((entry) => !entry.isFile());
  const versions = folders.map((entry) => entry.name).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return versions.flatMap((version) => {
    const marks = fs.readdirSync(path.join(root, version)).filter((name) => name.endsWith('.complete'));
    return marks.map((mark) => path.join(root, version, mark.slice(0, -'.complete'.length)));
  });
}

/** The Python itself, whatever script of a version manager leads to it, or why it is none. */
function probe(candidate: Candidate): Python | string {
  const [program = '', ...rest] = candidate.command;
  const ran = spawnSync(program, [...rest, '-I', '-S', '-X', 'utf8', '-c', PROBE], {
    encoding: 'utf8',
    timeout: PROBE_MILLISECONDS,
    killSignal: 'SIGKILL',
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (ran.error !== undefined) {
    const why = (ran.error as NodeJS.ErrnoException).code;
    return why === 'ENOENT' ? 'not there' : why === 'ETIMEDOUT' ? 'gives no answer' : ran.error.message;
  }
  const [, version, major, minor, itself] = /^((\d+)\.(\d+)\.\d+) ?(.*?)\s*$/.exec(ran.stdout) ?? [];
  if (ran.status !== 0 || version === undefined) {
    return 'does not work';
  }
  if (Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])) {
    return `is ${version}, too old`;
  }
  return { command: itself ? [itself] : candidate.command, version, from: candidate.from };
}

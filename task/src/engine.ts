/** The engine as a child process: one request in, events out, and a lifeline that cancels when this process is gone. */

import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import * as readline from 'node:readline';

import type { Done, Event, Request } from './protocol';

/** What the engine may see of the environment: what a program needs to run, and nothing of the pipeline. */
const ENVIRONMENT = [
  'PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'TMP', 'TEMP', 'LD_LIBRARY_PATH',
  'XDG_STATE_HOME', 'SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'USERPROFILE', 'APPDATA',
  'LOCALAPPDATA', 'PROGRAMDATA', 'VSTS_PROCESS_LOOKUP_ID',
]; // prettier-ignore
const LAST_WORDS = 20;

export interface Listener {
  /** An event; what it gives back is sent to the engine. */
  event(event: Exclude<Event, Done>): object | undefined;
  /** A line of plain text, from stdout or stderr. */
  text(line: string): void;
}

/** How it ended: the last event, or without one what was heard last. */
export type Ended = Done | { readonly event: 'gone'; readonly code: string; readonly lastWords: readonly string[] };

export class Engine {
  private readonly child: ChildProcess;

  /** Start `run_engine.py` of the task's folder; `cache` is where Python may keep its byte code. */
  constructor(python: readonly string[], folder: string, cache: string) {
    const [program = '', ...rest] = python;
    const script = path.join(folder, 'engine', 'run_engine.py');
    const flags = ['-I', '-S', '-u', '-X', 'utf8', '-X', `pycache_prefix=${cache}`, script];
    const environ = Object.entries(process.env).filter(([name]) => ENVIRONMENT.includes(name.toUpperCase()));
    this.child = spawn(program, [...rest, ...flags], {
      env: Object.fromEntries(environ),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.child.stdin?.on('error', () => undefined); // an engine that is gone reads nothing; its end is told anyway
  }

  /** Hand over the request, and pass on what is heard until the engine ends. */
  async run(request: Request, listener: Listener): Promise<Ended> {
    const mark = `@@${request.nonce} `;
    const lastWords: string[] = [];
    let done: Done | undefined;
    const plain = (line: string): void => {
      lastWords.push(line);
      lastWords.splice(0, lastWords.length - LAST_WORDS);
      listener.text(line);
    };
    const marked = (line: string): void => {
      const event = whole(line.slice(mark.length));
      if (event?.event === 'done') {
        done = event;
        return;
      }
      const answer = event && listener.event(event);
      if (answer !== undefined) {
        this.send(answer);
      }
    };
    this.listen(this.child.stdout, (line) => (line.startsWith(mark) ? marked(line) : plain(line)));
    this.listen(this.child.stderr, plain);
    this.send(request);
    const code = await this.end();
    return done ?? { event: 'gone', code, lastWords: lastWords.filter((line) => line.trim() !== '') };
  }

  /** Ask it to stop; it puts the triggers back first. */
  cancel(): void {
    this.send({ cancel: true });
  }

  private send(message: object): void {
    this.child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  private listen(stream: NodeJS.ReadableStream | null, heard: (line: string) => void): void {
    if (stream !== null) {
      stream.setEncoding('utf8');
      readline.createInterface({ input: stream, crlfDelay: Infinity }).on('line', heard);
    }
  }

  /** The exit code or signal once the process has ended and all it wrote was read. */
  private end(): Promise<string> {
    return new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message));
      this.child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
  }
}

/** The event of a line; none of the half line that an engine leaves when it is killed while it writes. */
function whole(text: string): Event | undefined {
  try {
    return JSON.parse(text) as Event;
  } catch {
    return undefined;
  }
}

/** What the agent is told: only this file writes logging commands, and all other text passes the library's filter. */

import * as fs from 'node:fs';

import * as tl from 'azure-pipelines-task-lib/task';

import type { Done, Event, Result } from './protocol';

const STATE = 'ECLUSE_STATE';
const SUMMARY = 'Distributedtask.Core.Summary';

const filtered = tl.createExternalOutputStream({ source: 'childProcess' });

/** A plain line of the log. */
export function text(line: string): void {
  filtered.write(`${line}\n`);
}

/** Carry out an event that needs no answer. */
export function show(event: Exclude<Event, Done>): void {
  switch (event.event) {
    case 'section':
      text(`##[section]${oneLine(event.title)}`);
      break;
    case 'progress':
      tl.setProgress(event.percent, event.title);
      break;
    case 'issue':
      issue(event.severity, event.message, event);
      break;
    case 'output':
      tl.setVariable(event.name, event.value, event.secret ?? false, true);
      break;
    case 'summary':
      attach(SUMMARY, event.title, event.path);
      break;
    case 'attachment':
      attach(event.type, event.name, event.path);
      break;
    case 'state':
      remember(event.state);
      break;
    case 'started':
    case 'assertion':
      break;
  }
}

/** An error or a warning that the run's page shows, with file and line where there are any. */
export function issue(
  severity: 'error' | 'warning',
  message: string,
  where: { readonly file?: string | null; readonly line?: number | null; readonly code?: string | null } = {},
): void {
  const place = {
    ...(where.file ? { sourcepath: where.file } : {}),
    ...(where.line ? { linenumber: String(where.line), columnnumber: '1' } : {}),
    ...(where.code ? { code: where.code } : {}),
  };
  tl.command('task.logissue', { type: severity, ...place }, message);
}

/** How the step ends. The process itself always ends with 0: any other code means "the agent broke". */
export function complete(result: Result, message: string): void {
  tl.command('task.complete', { result }, message);
}

/** Keep for the post-job step what it needs to put the triggers back; `null`: there is nothing to do. */
export function remember(state: unknown): void {
  tl.setTaskVariable(STATE, state === null ? '' : JSON.stringify(state));
}

/** What the main step has kept. */
export function remembered(): unknown {
  const kept = tl.getTaskVariable(STATE);
  return kept ? JSON.parse(kept) : null;
}

/** The agent fails a step that names an attachment as no file of its system may be named; Windows allows least. */
function attach(type: string, name: string, path: string): void {
  if (fs.existsSync(path)) {
    tl.addAttachment(type, name.replace(/[\u0000-\u001f"<>|:*?\\/]/g, '-'), path);
  }
}

function oneLine(title: string): string {
  return title.replace(/[\r\n]+/g, ' ');
}

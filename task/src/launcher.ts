/** One run of the engine for one step: read, find Python, start, pass on, end. Read this first. */

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

import * as tl from 'azure-pipelines-task-lib/task';

import { clientAssertion } from './assertion';
import { readCertificate, readConnection } from './connection';
import { type Ended, Engine } from './engine';
import { demandRequired, forEngine, type Inputs, readInputs, words } from './inputs';
import { type Manifest, readManifest } from './manifest';
import * as output from './output';
import { PROTOCOL, type Proxy, Refusal, type Request } from './protocol';
import { findPython, type Python } from './python';
import { quietly } from './quietly';
import { readVariables } from './variables';

const ASTRAY = 4; // the engine's exit code for a trigger that is not in the state it should be
const SIGNALS: readonly NodeJS.Signals[] = process.platform === 'win32' ? ['SIGINT', 'SIGBREAK'] : ['SIGINT', 'SIGTERM'];

/** The step itself; `folder` holds the task. */
export async function main(folder: string): Promise<void> {
  await guarded(async () => {
    const step = readStep(folder);
    demandRequired(step.manifest, step.inputs);
    const verb = step.inputs['command'] ?? '';
    const ended = await run(step, step.manifest.name === 'AdfTriggers' ? `triggers ${verb}` : verb, null);
    if (ended.event === 'done' && ended.exitCode !== ASTRAY) {
      output.remember(null);
    }
    conclude(ended);
  });
}

/** After the job's steps: put back what the step could not, and say nothing when there is nothing to do. */
export async function postJob(folder: string): Promise<void> {
  await guarded(async () => {
    const ended = await run(readStep(folder), 'post-job', output.remembered());
    if (ended.event !== 'done' || ended.result !== 'Succeeded') {
      conclude(ended);
    }
  });
}

interface Step {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly inputs: Inputs;
}

function readStep(folder: string): Step {
  const manifest = readManifest(folder);
  return { folder, manifest, inputs: readInputs(manifest) };
}

async function run({ folder, manifest, inputs }: Step, command: string, state: unknown): Promise<Ended> {
  const connectionId = inputs['azureSubscription'];
  const connection = readConnection(connectionId);
  const python = findPython({
    asked: inputs['pythonPath'],
    environ: process.env,
    tools: tl.getVariable('Agent.ToolsDirectory'),
    platform: process.platform,
  });
  const request: Request = {
    protocol: PROTOCOL,
    nonce: randomBytes(16).toString('hex'),
    command,
    options: {},
    inputs: forEngine(inputs),
    workingFolder: workingFolder(inputs),
    connection,
    ...readVariables(words(inputs['configVariables']), process.env),
    proxy: readProxy(),
    caFile: tl.getVariable('Agent.CAInfo') || null,
    run: thisRun(),
    folder: runFolder(),
    state,
  };
  const engine = new Engine(python.command, folder, byteCodeFolder(manifest, python));
  const release = onSignal(() => engine.cancel());
  try {
    return await engine.run(request, {
      text: output.text,
      event: (event) => {
        if (event.event !== 'output' || manifest.outputVariables.some(({ name }) => name === event.name)) {
          output.show(event); // of a variable that the task does not promise the agent makes a warning
        }
        return event.event === 'assertion' ? assertion(event.id, event.audience, connectionId, connection.client) : undefined;
      },
    });
  } finally {
    release();
  }
}

const AFTERWARDS =
  'Triggers that it stopped start again when the job ends, or by AdfTriggers with the command recover.';

/** How it ended, as the agent's result. */
function conclude(ended: Ended): void {
  if (ended.event === 'done') {
    output.complete(ended.result, ended.message);
    return;
  }
  const said = ended.lastWords.length > 0 ? ` It said last: ${ended.lastWords.slice(-3).join(' / ')}` : '';
  fail(`The engine ended without a result (${ended.code}). ${AFTERWARDS}${said}`);
}

function fail(message: string): void {
  output.issue('error', message);
  output.complete('Failed', message);
}

async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Refusal) {
      fail(error.message);
    } else {
      fail(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}  This is a defect of Ecluse.`);
    }
  }
}

function assertion(id: number, audience: string, connectionId: string | undefined, client: string): object {
  try {
    return { assertion: id, value: clientAssertion(readCertificate(connectionId ?? ''), client, audience) };
  } catch (error) {
    return { assertion: id, error: `the connection's certificate can't be used: ${(error as Error).message}` };
  }
}

/** Until `release` is called every signal that means stop calls `cancel`, and ends nothing by itself. */
function onSignal(cancel: () => void): () => void {
  for (const signal of SIGNALS) {
    process.on(signal, cancel);
  }
  return () => SIGNALS.forEach((signal) => process.off(signal, cancel));
}

function workingFolder(inputs: Inputs): string {
  const given = inputs['workingDirectory'];
  if (given !== undefined && !fs.statSync(given, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Refusal(`workingDirectory: there is no folder ${given}. Correct the input, or check out or download it first.`);
  }
  return given ?? tl.getVariable('System.DefaultWorkingDirectory') ?? process.cwd();
}

function readProxy(): Proxy | null {
  const found = quietly(() => tl.getHttpProxyConfiguration());
  return found === null
    ? null
    : {
        url: found.proxyUrl,
        user: found.proxyUsername ?? '',
        password: found.proxyPassword ?? '',
        bypass: found.proxyBypassHosts ?? [],
      };
}

function thisRun(): Request['run'] {
  const variable = (name: string): string => tl.getVariable(name) ?? '';
  const [collection, project] = [variable('System.CollectionUri'), variable('System.TeamProject')];
  const [build, release] = [variable('Build.BuildId'), variable('Release.ReleaseId')];
  const page = release ? `_release?releaseId=${release}` : `_build/results?buildId=${build}`;
  return {
    id: [release || build, variable('System.StageId'), variable('System.JobId')].filter((part) => part !== '').join('.'),
    attempt: Number(variable('System.JobAttempt') || variable('Release.AttemptNumber') || '1'),
    url: collection && project ? `${collection}${encodeURIComponent(project)}/${page}` : '',
  };
}

/** A folder of this run's own, for what the engine writes; the agent empties its temp folder when the job ends. */
function runFolder(): string {
  const temp = tl.getVariable('Agent.TempDirectory') ?? process.cwd();
  const made = path.join(temp, `ecluse-${randomBytes(6).toString('hex')}`);
  fs.mkdirSync(made, { recursive: true });
  return made;
}

/** Where Python may keep byte code from run to run; the task's own folder may be read-only. */
function byteCodeFolder({ version }: Manifest, python: Python): string {
  const root = tl.getVariable('Agent.ToolsDirectory') ?? tl.getVariable('Agent.TempDirectory') ?? process.cwd();
  return path.join(root, 'ecluse', `${version.Major}.${version.Minor}.${version.Patch}`, `python-${python.version}`);
}

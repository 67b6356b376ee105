/** The step's inputs as the engine gets them: raw, by name, without what is empty or at its default. */

import * as fs from 'node:fs';
import * as path from 'node:path';

import * as tl from 'azure-pipelines-task-lib/task';

import type { InputRow, Manifest } from './manifest';
import { Refusal } from './protocol';
import { quietly } from './quietly';

/** Inputs that the launcher itself acts on; the engine never sees them. */
export const OWN = new Set(['command', 'azureSubscription', 'pythonPath', 'workingDirectory', 'configVariables']);

export type Inputs = Readonly<Record<string, string>>;

/** Every input that the step gives, by its name in task.json. */
export function readInputs(manifest: Manifest): Inputs {
  const found = manifest.inputs.flatMap((row) => {
    const value = given(row);
    return value === undefined ? [] : [[row.name, value] as const];
  });
  return Object.fromEntries(found);
}

/** Throws `Refusal` that names each required input without value. */
export function demandRequired(manifest: Manifest, inputs: Inputs): void {
  const missing = manifest.inputs.filter((row) => row.required && !row.defaultValue && !(row.name in inputs));
  if (missing.length > 0) {
    const names = missing.map((row) => `${row.name} (${row.label})`).join(', ');
    throw new Refusal(`Required, and empty: ${names}. A variable in the step may have no value here.`);
  }
}

/** What the engine is told: an input at its default is left to the engine, which has the same default. */
export function forEngine(inputs: Inputs): Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !OWN.has(name)));
}

/** Names between commas, spaces or lines. */
export function words(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,;]+/).filter((word) => word !== '');
}

function given(row: InputRow): string | undefined {
  // Azure DevOps turns an alias into the name before the agent runs; an older server may not.
  for (const name of [row.name, ...(row.aliases ?? [])]) {
    const value = quietly(() => tl.getInput(name)) ?? '';
    const empty = value === '' || (row.type === 'filePath' && isWorkingDirectory(value) && !(row.required && isFactory(value)));
    if (!empty) {
      return value === String(row.defaultValue ?? '') && !OWN.has(row.name) ? undefined : value;
    }
  }
  return undefined;
}

/** The agent resolves an empty file input to the working directory, or to the folder of the sources. */
function isWorkingDirectory(value: string): boolean {
  return defaultFolders().some((folder) => path.resolve(folder) === path.resolve(value));
}

/** Many repositories are a factory from their root on, so a source may be the working directory when it looks like one. */
function isFactory(folder: string): boolean {
  const parts = /^(ARMTemplateForFactory\.json|factory|pipeline|dataset|linkedService|trigger|dataflow)$/i;
  return fs.existsSync(folder) && fs.readdirSync(folder).some((name) => parts.test(name));
}

function defaultFolders(): string[] {
  const names = ['System.DefaultWorkingDirectory', 'Build.SourcesDirectory'];
  return names.map((name) => tl.getVariable(name) ?? '').filter((folder) => folder !== '');
}

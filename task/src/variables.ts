/** The variables that configuration may name: the step's environment, and secrets only where the step asks for them. */

import * as tl from 'azure-pipelines-task-lib/task';

import { quietly } from './quietly';

/** Of the agent's own plumbing nothing is handed on. */
const PLUMBING = /^(ENDPOINT_|INPUT_|SECRET_|SECUREFILE_|VSTS_)|^SYSTEM_ACCESSTOKEN$/i;
const SHORTEST_SECRET = 4; // shorter ones would be found in every text

export interface Variables {
  readonly variables: Readonly<Record<string, string>>;
  readonly secretVariables: readonly string[];
}

/** The environment, and the variables named by `asked`, secret ones included; which of them are secret. */
export function readVariables(asked: readonly string[], environ: NodeJS.ProcessEnv): Variables {
  const known = quietly(() => tl.getVariables()).filter((each) => each.secret);
  const secrets = known.map((each) => each.value).filter((value) => value.length >= SHORTEST_SECRET);
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environ)) {
    if (value !== undefined && !PLUMBING.test(name)) {
      variables[name] = value;
    }
  }
  const secretVariables = Object.keys(variables).filter((name) => {
    const value = variables[name] ?? '';
    return secrets.some((secret) => value.includes(secret));
  });
  for (const name of asked) {
    const value = quietly(() => tl.getVariable(name));
    if (value !== undefined) {
      const key = name.replace(/[. ]/g, '_');
      variables[key] = value;
      if (known.some((each) => each.name.toLowerCase() === name.toLowerCase())) {
        secretVariables.push(key);
      }
    }
  }
  return { variables, secretVariables: [...new Set(secretVariables)] };
}

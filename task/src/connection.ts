/** The service connection as the engine gets it. What is no Azure connection for a subscription is refused in words. */

import * as tl from 'azure-pipelines-task-lib/task';

import { type Connection, type Oidc, Refusal } from './protocol';
import { quietly } from './quietly';

const KNOWN = ['ServicePrincipal', 'WorkloadIdentityFederation', 'ManagedServiceIdentity'];
const PUBLIC_AUTHORITY = 'https://login.microsoftonline.com/';

/** Read the connection with this id. Throws `Refusal` when it can't be used. */
export function readConnection(id: string | undefined): Connection {
  if (!id) {
    throw new Refusal('azureSubscription: no service connection is given. Name an Azure Resource Manager connection.');
  }
  const authorization = quietly(() => tl.getEndpointAuthorization(id, true));
  const armEndpoint = quietly(() => tl.getEndpointUrl(id, true));
  const data = (key: string): string => quietly(() => tl.getEndpointDataParameter(id, key, true)) ?? '';
  const scheme = KNOWN.find((known) => known.toLowerCase() === authorization?.scheme?.toLowerCase());
  if (authorization === undefined || !armEndpoint || scheme === undefined) {
    const kind = authorization?.scheme ? `it signs in by ${authorization.scheme}` : 'the agent has no sign-in for it';
    throw new Refusal(
      `azureSubscription: this is no Azure Resource Manager connection that can be used (${kind}). ` +
        `Choose one with a service principal, workload identity federation or a managed identity.`,
    );
  }
  const parameters = lowerKeys(authorization.parameters);
  const subscription = data('subscriptionId');
  if (subscription === '') {
    const level = data('scopeLevel') || 'unknown';
    throw new Refusal(
      `azureSubscription: the connection is for no subscription (its scope is ${level}). ` +
        `Choose one whose scope level is Subscription.`,
    );
  }
  const certificate = parameters['authenticationtype'] === 'spnCertificate';
  return {
    scheme,
    authenticationType: certificate ? 'spnCertificate' : 'spnKey',
    tenant: parameters['tenantid'] ?? '',
    client: (scheme === 'ManagedServiceIdentity' ? data('msiclientId') : parameters['serviceprincipalid']) ?? '',
    secret: scheme === 'ServicePrincipal' && !certificate ? (parameters['serviceprincipalkey'] ?? '') : '',
    authority: data('activeDirectoryAuthority') || data('environmentAuthorityUrl') || PUBLIC_AUTHORITY,
    armEndpoint,
    subscription,
    oidc: scheme === 'WorkloadIdentityFederation' ? readOidc(id) : null,
  };
}

/** The connection's certificate with its key (PEM), which never leaves this process. */
export function readCertificate(id: string): string {
  const authorization = quietly(() => tl.getEndpointAuthorization(id, true));
  return lowerKeys(authorization?.parameters ?? {})['serviceprincipalcertificate'] ?? '';
}

function readOidc(id: string): Oidc {
  const uri = tl.getVariable('System.OidcRequestUri') ?? '';
  const job = quietly(() => tl.getEndpointAuthorization('SYSTEMVSSCONNECTION', true));
  const token = lowerKeys(job?.parameters ?? {})['accesstoken'] ?? '';
  if (uri === '' || token === '') {
    throw new Refusal(
      'azureSubscription: the connection signs in by workload identity federation, but this agent offers no token ' +
        'for it (System.OidcRequestUri). Azure DevOps Server has none: choose a service principal there.',
    );
  }
  return { uri, serviceConnectionId: id, token };
}

function lowerKeys(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key.toLowerCase(), value]));
}

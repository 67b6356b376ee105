/** The proof that a certificate connection signs in with; the private key stays in this process. */

import { constants, createHash, createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';

const LIFETIME_SECONDS = 600;

/**
 * A client assertion (JWT, PS256) for the token endpoint `audience`.
 * Entra wants `x5t#S256`: the SHA-256 of the certificate in DER
 * (learn.microsoft.com/entra/identity-platform/certificate-credentials).
 */
export function clientAssertion(pem: string, client: string, audience: string, now = Date.now()): string {
  const certificate = new X509Certificate(pem);
  const key = createPrivateKey(pem);
  const seconds = Math.floor(now / 1000);
  const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
  const head = { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint };
  const body = {
    aud: audience,
    iss: client,
    sub: client,
    jti: randomUUID(),
    nbf: seconds,
    exp: seconds + LIFETIME_SECONDS,
  };
  const text = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const signature = sign('sha256', Buffer.from(text), { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  return `${text}.${signature.toString('base64url')}`;
}

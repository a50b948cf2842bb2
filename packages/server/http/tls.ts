import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';

export interface TlsFiles {
  certificate: string;
  key: string;
}

/** The input of an HTTPS server. PEM; the certificate may be a chain, the server's own first. */
export interface TlsMaterial {
  cert: string;
  key: string;
}

const RELOAD_POLL_MS = 5_000;

/** Reads both files and checks that they belong together. Throws CONFIG_INVALID, which names the faulty file. */
export function loadTls(files: TlsFiles): TlsMaterial {
  const cert = read(files.certificate, 'certificate', 'MOONSHARE_TLS_CERT');
  const key = read(files.key, 'key', 'MOONSHARE_TLS_KEY');
  const certificate = parseCertificate(cert, files.certificate);
  if (!certificate.checkPrivateKey(parseKey(key, files.key))) {
    throw invalid(`The TLS key ${files.key} does not belong to the certificate ${files.certificate}`);
  }
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw invalid(`The TLS certificate ${files.certificate} cannot be used (${reason(cause)})`, cause);
  }
  return { cert, key };
}

/** The expiry of the server's certificate. */
export function tlsExpiry({ cert }: TlsMaterial): Date {
  return new Date(new X509Certificate(cert).validTo);
}

/**
 * New connections use what is in the files after each change; open ones stay. A half-written pair is ignored until
 * the other half is there. `shown` is what the server uses now. Call the returned function to stop.
 */
export function reloadTls(
  server: Server,
  files: TlsFiles,
  shown: TlsMaterial,
  { log, pollMs = RELOAD_POLL_MS, reloaded }: { log: Logger; pollMs?: number | undefined; reloaded?: () => void },
): () => void {
  let seen = shown;
  const look = () => {
    const now = { cert: contents(files.certificate), key: contents(files.key) };
    if (now.cert === seen.cert && now.key === seen.key) return;
    seen = now;
    try {
      const material = loadTls(files);
      server.setSecureContext(material);
      log.info({ certificate: files.certificate, expires: tlsExpiry(material) }, 'TLS certificate reloaded');
      reloaded?.();
    } catch (error) {
      log.warn({ err: error }, 'the TLS files have changed but cannot be used; the previous ones stay in use');
    }
  };
  // Polled, because certbot swaps links and Kubernetes whole directories, and a change before the first look must count too.
  const timer = setInterval(look, pollMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Empty while it cannot be read. */
function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw invalid(`The TLS certificate ${path} is not a certificate in PEM form`, cause);
  }
}

function parseKey(pem: string, path: string): KeyObject {
  if (/ENCRYPTED/.test(pem)) throw invalid(`The TLS key ${path} is locked with a password`);
  try {
    return createPrivateKey(pem);
  } catch {
    throw invalid(`The TLS key ${path} is not a private key in PEM form`);
  }
}

function read(path: string, what: string, variable: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(`The TLS ${what} ${path} cannot be read (${reason(cause)})`, cause, variable);
  }
}

function reason(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : 'unknown reason';
}

function invalid(message: string, cause?: unknown, variable?: string): MoonshareError {
  return new MoonshareError('CONFIG_INVALID', {
    message,
    cause,
    hint:
      variable === undefined
        ? 'MOONSHARE_TLS_CERT and MOONSHARE_TLS_KEY must be a matching pair of PEM files, the key without a password.'
        : `${variable} must be a file that this user may read.`,
  });
}

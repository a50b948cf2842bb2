import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { z } from 'zod';

const registeredSchema = z.object({ jti: z.string(), exp: z.number() });

export interface OpenedToken {
  id: string;
  /** ms since 1970. */
  endsAt: number;
  claims: unknown;
}

/** A signed token (HS256) of one kind, which is its audience: one of another kind is never accepted. */
export async function signToken(
  key: Uint8Array,
  token: { kind: string; seconds: number; claims: Record<string, unknown> },
  now: number,
): Promise<{ token: string; expiresAt: Date }> {
  const issuedAt = Math.floor(now / 1000);
  const expiresAt = issuedAt + token.seconds;
  const text = await new SignJWT(token.claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setJti(randomUUID())
    .setAudience(token.kind)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(key);
  return { token: text, expiresAt: new Date(expiresAt * 1000) };
}

/** null: it is not signed with this key, of another kind, or has expired. */
export async function openToken(
  key: Uint8Array,
  kind: string,
  token: string,
  now: number,
): Promise<OpenedToken | null> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      audience: kind,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'jti'],
    });
    const { jti, exp } = registeredSchema.parse(payload);
    return { id: jti, endsAt: exp * 1000, claims: payload };
  } catch {
    return null;
  }
}

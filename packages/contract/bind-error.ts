import { MoonshareError } from './errors.ts';

/** Why a UDP port for viewers cannot be bound, by the code of the system's error. */
export function bindError(cause: unknown): MoonshareError {
  switch (cause instanceof Error && 'code' in cause ? cause.code : null) {
    case 'EADDRINUSE':
      return new MoonshareError('UDP_PORTS_EXHAUSTED', { cause });
    case 'EADDRNOTAVAIL':
      return new MoonshareError('BIND_ADDRESS_MISSING', { cause });
    case 'EACCES':
    case 'EPERM':
      return new MoonshareError('UDP_PORT_FORBIDDEN', { cause });
    default:
      return MoonshareError.from(cause);
  }
}

import type { Command } from '../command.ts';
import type { Finding, Verdict } from '../doctor/finding.ts';
import { singleLine } from '../terminal-text.ts';

const MARK: Record<Verdict, string> = { ok: 'ok', warning: 'WARNING', problem: 'PROBLEM', unknown: '?' };
const MARK_WIDTH = 7;

export const doctorCommand: Command = {
  name: 'doctor',
  summary:
    'Check what most often goes wrong: hosts, ports, addresses, STUN and TURN, the proxy, HTTPS; one line each, with the fix.',
  details: 'Exits with 1 if there is a problem; warnings and what cannot be determined from here (?) do not count.',
  run: async ({ settings, print }) => {
    const { examine } = await import('../doctor/doctor.ts');
    const findings = await examine(settings);
    const problems = findings.filter(({ verdict }) => verdict === 'problem').length;
    print({ problems, findings }, findings.map(line).join('\n'));
    return problems === 0 ? 0 : 1;
  },
};

function line({ check, verdict, message, fix }: Finding): string {
  return singleLine(`${MARK[verdict].padEnd(MARK_WIDTH)}  ${check}: ${message}${fix === null ? '' : `. ${fix}`}`);
}

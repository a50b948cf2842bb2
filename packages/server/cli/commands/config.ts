import { reportSettings, sourceText, valueText } from '../../config/describe-settings.ts';
import type { Command } from '../command.ts';
import { table } from '../table.ts';

export const configCommands: Command[] = [
  {
    name: 'config print',
    summary: 'Show every setting, its value and where it came from.',
    details: 'Secrets that are set are shown as ***. The command fails where serve would.',
    run: async ({ settings, print }) => {
      const report = reportSettings(settings);
      const rows = report.map(({ name, value, source }) => [name, valueText(value) || '-', sourceText(source)]);
      print({ file: settings.file, settings: report }, table(['Setting', 'Value', 'From'], rows));
    },
  },
];

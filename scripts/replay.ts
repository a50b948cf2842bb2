import { readRecordingFile } from './replay/recording-file.ts';
import { replay } from './replay/replay.ts';
import { parseSession } from './replay/session.ts';

/** `npm run replay -- DIR`: prints the contents of the recording in DIR as JSON lines. */
function main(args: readonly string[]): void {
  const [folder, ...rest] = args;
  if (folder === undefined || rest.length > 0) {
    process.stderr.write(
      'usage: npm run replay -- DIR   (a folder with session.pcap or session.pcap.gz, and session.json)\n',
    );
    process.exitCode = 2;
    return;
  }
  try {
    const session = parseSession(readRecordingFile(folder, 'session.json').toString());
    const { video, audio, control } = replay(readRecordingFile(folder, 'session.pcap'), session);
    const lines = [...video, ...audio, ...control].map((line) => `${JSON.stringify(line)}\n`);
    process.stdout.write(lines.join(''));
  } catch (error) {
    process.stderr.write(`replay: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

main(process.argv.slice(2));

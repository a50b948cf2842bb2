// The files that operators copy take away what Moonshare does not use. That it still runs was tried with systemd and with an image.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('the systemd unit limits system calls, capabilities, files, memory and tasks', () => {
  const lines = read('deploy/moonshare.service').split('\n');
  for (const line of [
    'User=moonshare',
    'CapabilityBoundingSet=',
    'AmbientCapabilities=',
    'NoNewPrivileges=true',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged @resources',
    'SystemCallArchitectures=native',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'RestrictNamespaces=true',
    'ProtectSystem=strict',
    'ProtectHome=true',
    'ProtectProc=invisible',
    'PrivateDevices=true',
    'PrivateTmp=true',
    'PrivateUsers=true',
    'UMask=0077',
    'OOMPolicy=continue',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  for (const bound of ['MemoryMax', 'MemoryHigh', 'TasksMax', 'LimitNOFILE']) {
    assert.ok(
      lines.some((line) => new RegExp(`^${bound}=\\d`).test(line)),
      bound,
    );
  }
});

test('the image contains only production dependencies, nothing else of the checkout, and does not run as root', () => {
  const [build, final] = read('Dockerfile').split(/^FROM node:24-slim$/m);
  assert.match(build!, /npm ci --omit=dev -w @moonshare\/server -w @moonshare\/streamer/);
  assert.match(build!, /rm -rf .*\bpackages\/virtual-host\b/);
  assert.deepEqual(final!.match(/^(COPY|ADD) (?!--from=build ).*$/gm), null);
  assert.deepEqual(final!.match(/^USER .*$/gm), ['USER node']);
  const ignored = read('.dockerignore').split('\n');
  for (const pattern of ['**/*.test.ts', '**/testing', '**/node_modules', '*.env', 'moonshare.json', '.git']) {
    assert.ok(ignored.includes(pattern), pattern);
  }
});

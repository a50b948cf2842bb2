import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderCircles } from './folder-circles.ts';

const imports = (...pairs: string[]) =>
  pairs.map((pair) => {
    const [from, to] = pair.split(' ');
    return { from: from!, to: to! };
  });

test('imports that all go one way are no circle, even from a folder to files beside it', () => {
  assert.deepEqual(folderCircles(imports('p/top.ts p/a/one.ts', 'p/a/one.ts p/b/two.ts', 'p/b/two.ts p/base.ts')), []);
});

test('two files that import each other are a circle', () => {
  const found = folderCircles(imports('p/a/one.ts p/a/two.ts', 'p/a/two.ts p/a/one.ts'));
  assert.deepEqual(found, [imports('p/a/one.ts p/a/two.ts', 'p/a/two.ts p/a/one.ts')]);
});

test('folders that import each other are a circle even if no files do', () => {
  const all = imports('p/a/one.ts p/b/two.ts', 'p/b/three.ts p/c/four.ts', 'p/c/four.ts p/a/five.ts');
  assert.deepEqual(folderCircles(all), [all]);
});

test('a file and a folder that import each other are a circle', () => {
  const all = imports('p/base.ts p/a/deep/one.ts', 'p/a/two.ts p/base.ts');
  assert.deepEqual(folderCircles(all), [all]);
});

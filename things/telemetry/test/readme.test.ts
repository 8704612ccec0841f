import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';

describe('the README of telemetry', () => {
  it('shows a program that runs', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const program = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
    expect(program.trim().split('\n').length).to.be.at.most(20);
    // Beside the tests, so that its imports are found as theirs are.
    const file = new URL(`readme-program.${process.pid}.ts`, import.meta.url);
    writeFileSync(file, program);
    try {
      const { soc }: { soc: unknown } = await import(file.href);
      expect(soc).to.be.within(1, 100);
    } finally {
      rmSync(file);
    }
  });
});

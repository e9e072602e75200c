import { expect, it } from 'vitest';
import { bytecodeLengths } from './bytecode.ts';

const text = (lines: number) => ({ parameters: ['$R'], source: `const R = $R;\nreturn function counted() {\nif (R[40] < 4) return R[0];\n${'R[1] = R[2] + R[3] | 0;\n'.repeat(lines)}}`, functionName: 'counted' });

it('grows with the text', async () => {
  const [one = 0, ten = 0, hundred = 0] = await bytecodeLengths([text(1), text(10), text(100)]);
  expect(one).toBeGreaterThan(10);
  expect(ten).toBeGreaterThan(one + 9 * 10);
  expect((hundred - ten) / (ten - one)).toBeCloseTo(10, -1);
});

it('says what is wrong', async () => {
  await expect(bytecodeLengths([{ ...text(1), source: 'return (' }])).rejects.toThrow(/V8 told of 0, status 1 .*SyntaxError/s);
});

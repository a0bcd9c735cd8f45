import { describe, expect, it } from '@jest/globals';
import { type BarChart, barChart, niceAbove } from './bar-chart.js';

const chart: BarChart = { title: 'A & B', unit: 'ms', series: ['one', 'two'], groups: [{ name: 'x', values: [10, 5] }, { name: 'y', values: [undefined, 20] }] };

describe('a bar chart', () => {
  it('draws bars as high as their values, and none for what was not measured', () => {
    const bars = [...barChart(chart).matchAll(/<rect [^>]*width="(?!10")[^>]*height="([\d.]+)" fill="(#\w+)"/g)].map(([, height, fill]) => ({ height: Number(height), fill }));
    expect(bars).toHaveLength(3);
    const [ten, five, twenty] = bars;
    expect((ten?.height ?? 0) / (five?.height ?? 1)).toBeCloseTo(2, 1);
    expect((twenty?.height ?? 0) / (five?.height ?? 1)).toBeCloseTo(4, 1);
    expect(twenty?.fill).toBe(five?.fill);
    expect(twenty?.fill).not.toBe(ten?.fill);
  });

  it('is well-formed, whatever its words are', () => {
    const svg = barChart(chart);
    expect(svg).toContain('A &#38; B, ms');
    expect(svg.match(/<text/g)?.length).toBe(svg.match(/<\/text>/g)?.length);
  });

  it('refuses to draw nothing', () => {
    expect(() => barChart({ ...chart, groups: [{ name: 'x', values: [undefined] }] })).toThrow('has no values');
  });

  it.each([[0.3, 0.5], [1, 1], [11, 20], [24, 25], [26, 50], [51, 100], [19_833, 20_000]])('ends its scale above %d at %d', (value, end) => {
    expect(niceAbove(value)).toBeCloseTo(end, 9);
  });
});

import type { Bench } from '../bench.js';
export const benchLatency: Bench = async () => [];

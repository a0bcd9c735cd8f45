import type { Bench } from '../bench.js';
export const benchRelay: Bench = async () => [];

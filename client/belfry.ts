/** The script behind `<script type="module" src="…/belfry.js">`: registers `<belfry-bell>` and gives out its parts. */
import { define } from './define.js';

export { BelfryBell } from './bell.js';
export { BelfryClient, type ClientEvent, type ClientOptions, type Snapshot } from './client.js';
export { BelfryError, Rest, type ListQuery } from './rest.js';
export type { Status } from './stream.js';
export type * from './wire.js';

define();

/** The script behind `<script type="module" src="…/belfry.js">`: registers `<belfry-bell>` and gives out its parts. */
import { define } from './define.js';

export { BelfryBell } from './bell/bell.js';
export { BelfryClient, type ClientEvent, type ClientOptions, type Snapshot } from './core/client.js';
export { BelfryError, Rest, type ListQuery } from './core/rest.js';
export type { Status } from './core/stream.js';
export type * from './core/wire.js';

define();

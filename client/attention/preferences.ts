import type { Preferences } from '../core/wire.js';

/** As the server has them for who has never said otherwise. */
export const defaultPreferences: Preferences = {
  mutedTopics: [],
  toast: { minSeverity: 'info' },
  sound: { minSeverity: 'none' },
  desktop: { minSeverity: 'none' },
  title: true,
  quietHours: null,
  acknowledgeCritical: false,
};

import { faultSuite } from '../soak/suite.js';

faultSuite('while networks fall silent and tables refuse', ['network', 'tables', 'readers']);

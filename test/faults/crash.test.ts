import { faultSuite } from '../soak/suite.js';

faultSuite('while servers and the database go down', ['processes', 'database', 'everything']);

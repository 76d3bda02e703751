import { beforeAll } from 'vitest';
import { spoken } from '.';

// What a test imports has its words before the first claim.
beforeAll(spoken);

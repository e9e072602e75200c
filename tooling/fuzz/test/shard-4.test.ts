import { describeFuzz } from '../src/describe-fuzz.ts';

describeFuzz(3);

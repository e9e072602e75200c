export { default } from '@ringzero/eslint-config';

export { bundleForBrowser, bundleForNode } from './bundle.js';
export { library } from './library.js';
export { createConstantInliner, inlineConstantsForVite, inlineConstantsPlugin, isOurSource } from './plugins.js';

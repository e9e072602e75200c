import { render } from 'preact';
import { parseOptions } from './options/url.ts';
import { Controller } from './page/controller.ts';
import { createStore } from './page/store.ts';
import { followTheme } from './page/theme.ts';
import { App } from './ui/app.tsx';
import { ControllerContext } from './page/context.ts';
import './style/index.css';

const { options, problems } = parseOptions(location.search);
const store = createStore(options);
followTheme(store);
const controller = new Controller(store, new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module', name: 'machine' }));
for (const problem of problems) controller.notify(`In the address: ${problem}. The default is used.`, true);
render(
  <ControllerContext.Provider value={controller}>
    <App />
  </ControllerContext.Provider>,
  document.getElementById('app')!,
);
void controller.open();

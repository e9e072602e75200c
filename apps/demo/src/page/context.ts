import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Controller } from './controller.ts';

export const ControllerContext = createContext<Controller | undefined>(undefined);

/** The page's controller, and with it the store. */
export function useController(): Controller {
  const controller = useContext(ControllerContext);
  if (controller === undefined) throw new Error('a component outside of the application asks for its controller');
  return controller;
}

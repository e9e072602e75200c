import { proxy } from 'comlink';
import { DISK_GUEST } from '../guests/catalogue.ts';
import type { Controller } from './controller.ts';
import { download } from './download.ts';

/** What the user does with the disks that the browser keeps. */
export class DiskActions {
  readonly #controller: Controller;

  constructor(controller: Controller) {
    this.#controller = controller;
  }

  async refresh(): Promise<void> {
    this.#controller.store.keptDisks.value = await this.#controller.worker.keptDisks();
  }

  /** Copies an image that the user opened. */
  async keep(image: File): Promise<void> {
    const { store, worker } = this.#controller;
    const { name } = image;
    const onCopied = (fraction: number): void => {
      store.diskCopy.value = { name, fraction };
    };
    const isKept = await this.#controller.attempt(async () => {
      onCopied(0);
      // Otherwise a browser may throw it away when space is short. It may say no: then it is kept all the same, until that day.
      await navigator.storage.persist().catch(() => false);
      await worker.keepDisk(name, image, proxy(onCopied));
    });
    store.diskCopy.value = undefined;
    if (isKept) {
      store.droppedDisks.value = store.droppedDisks.value.filter((other) => other !== image);
      store.announcement.value = `${name} is kept in this browser.`;
    }
    await this.refresh();
  }

  cancelCopy(): void {
    void this.#controller.worker.cancelCopy();
  }

  /** Makes an empty disk. */
  async create(name: string, bytes: number): Promise<void> {
    await this.#controller.attempt(() => this.#controller.worker.createDisk(name, bytes));
    await this.refresh();
  }

  /** Starts a machine that boots from it. */
  async boot(name: string): Promise<void> {
    this.#controller.setOption('disk', name);
    this.#controller.setOption('guest', DISK_GUEST);
    await this.#controller.start();
  }

  async download(name: string): Promise<void> {
    await this.#controller.attempt(async () => download(await this.#controller.worker.keptDisk(name)));
  }

  async remove(name: string): Promise<void> {
    if (!confirm(`Delete the disk "${name}" and all that is on it?`)) return;
    const isGone = await this.#controller.attempt(() => this.#controller.worker.deleteDisk(name));
    if (isGone && this.#controller.store.options.value.disk === name) this.#controller.setOption('disk', '');
    await this.refresh();
  }
}

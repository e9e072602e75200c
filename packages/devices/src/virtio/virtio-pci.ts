import type { AccessSize } from '@ringzero/processor';
import { FailureLog } from '../bus/failure-log.ts';
import type { IrqLine } from '../bus/irq.ts';
import type { MmioHandler } from '../bus/mmio-space.ts';
import type { PortHandler } from '../bus/port-space.ts';
import type { DeviceSlot } from '../bus/slot.ts';
import type { RegisterFile } from '../bus/register-file.ts';
import { MsiX, type MsiXState } from '../pci/msi-x.ts';
import type { BaseAddress } from '../pci/pci-endpoint.ts';
import { COMMON_CONFIGURATION_BYTES, commonConfiguration } from './common-configuration.ts';
import { LEGACY_HEADER_BYTES, LEGACY_VECTOR_BYTES, legacyRegisters, legacyVectors } from './legacy-registers.ts';
import { VirtioTransport, type TransportState, type VirtioModel } from './transport.ts';
import { VirtioEndpoint, type Structure } from './virtio-endpoint.ts';

/** Which of the two interfaces a device has; both if left out (a transitional device). */
export interface VirtioPciOptions {
  readonly disableModern?: boolean;
  readonly disableLegacy?: boolean;
}

/** What a save of {@link VirtioPci} keeps. */
export interface VirtioPciState {
  readonly interruptStatus: number;
  readonly transport: TransportState;
  readonly msiX: MsiXState;
}

const VENDOR = 0x1af4;
const FIRST_TRANSITIONAL = 0x1000;
const FIRST_MODERN = 0x1040;
/** Transitional device IDs count in an order of their own (virtio 1.2 §4.1.2.1). */
const TRANSITIONAL_ORDER: readonly number[] = [1, 2, 5, 3, 8, 4];
const MODERN_SUBSYSTEM = 0x1100;

// Base address registers, and the structures' places in the modern interface's.
const LEGACY_BASE = 0;
const MSI_X_BASE = 1;
const MODERN_BASE = 4;
const MODERN_BYTES = 0x4000;
const STRUCTURE_BYTES = 0x1000;
const COMMON = 0;
const INTERRUPT_STATUS = 1;
const DEVICE = 2;
const NOTIFY = 3;
/** Notification addresses of queues are this far apart. */
const NOTIFY_MULTIPLIER = 4;

const COMMAND = 0x04;

/** A virtio device on PCI (virtio 1.2 §4.1): the modern interface, the legacy one, or both. */
export class VirtioPci implements MmioHandler, PortHandler {
  readonly transport: VirtioTransport;
  readonly endpoint: VirtioEndpoint;
  /** Where the device's failures are told, the transport's among them. */
  readonly failures: FailureLog;
  readonly #model: VirtioModel;
  readonly #msiX: MsiX;
  readonly #line: IrqLine;
  readonly #common: RegisterFile;
  readonly #legacy: RegisterFile;
  readonly #legacyVectors: RegisterFile;
  #interruptStatus = 0;

  constructor(slot: DeviceSlot, model: VirtioModel, options: VirtioPciOptions = {}) {
    const { disableModern = false, disableLegacy = false } = options;
    this.#model = model;
    this.failures = new FailureLog((message) => slot.log(message));
    this.transport = new VirtioTransport(model, {
      memory: slot.memory,
      isBusMaster: () => this.endpoint.isBusMaster,
      interrupt: (reason, vector) => this.#interrupt(reason, vector),
      driverReset: () => void this.#takeInterruptStatus(),
      log: (message) => this.failures.tell(message),
    }, disableModern);
    // One vector for each queue, one for changes of the configuration.
    const vectors = model.queues.length + 1;
    this.#msiX = new MsiX(vectors, (address, data) => slot.pci.message(address, data));
    this.#common = commonConfiguration(this.transport, vectors);
    this.#legacy = legacyRegisters(this.transport, () => this.#takeInterruptStatus());
    this.#legacyVectors = legacyVectors(this.transport, vectors);
    const bases: Record<number, BaseAddress> = { [MSI_X_BASE]: this.#msiX.base };
    if (!disableLegacy) bases[LEGACY_BASE] = { kind: 'io', size: legacyBytes(model), handler: this.#legacyHandler() };
    if (!disableModern) bases[MODERN_BASE] = { kind: 'memory', size: MODERN_BYTES, handler: this };
    this.endpoint = new VirtioEndpoint(slot, {
      vendor: VENDOR,
      device: disableLegacy ? FIRST_MODERN + model.kind : FIRST_TRANSITIONAL + TRANSITIONAL_ORDER.indexOf(model.kind),
      revision: disableLegacy ? 1 : 0,
      classCode: model.classCode,
      interruptPin: 1,
      subsystemVendor: VENDOR,
      subsystem: disableLegacy ? MODERN_SUBSYSTEM : model.kind,
      bases,
      onWrite: (offset, size) => this.#configurationWritten(offset, size),
    }, disableModern ? [] : structures(model), disableModern ? undefined : { base: MODERN_BASE, handler: this });
    this.#msiX.attach(this.endpoint, MSI_X_BASE);
    this.#line = slot.pci.add(this.endpoint);
  }

  /** The modern interface's registers. */
  read(offset: number, size: AccessSize): number {
    const at = offset % STRUCTURE_BYTES;
    switch (Math.floor(offset / STRUCTURE_BYTES)) {
      case COMMON:
        return this.#common.read(at, size);
      case INTERRUPT_STATUS:
        return at === 0 ? this.#takeInterruptStatus() : 0;
      case DEVICE:
        return this.#readConfig(at, size);
      default:
        return 0;
    }
  }

  write(offset: number, size: AccessSize, value: number): void {
    const at = offset % STRUCTURE_BYTES;
    switch (Math.floor(offset / STRUCTURE_BYTES)) {
      case COMMON:
        return this.#common.write(at, size, value);
      case DEVICE:
        return this.#writeConfig(at, size, value);
      case NOTIFY:
        // The address says which queue it is, as does the value.
        return this.transport.notify(Math.floor(at / NOTIFY_MULTIPLIER));
      default:
        return;
    }
  }

  /** A reset of the machine; the bus resets the function's configuration. */
  reset(): void {
    this.transport.reset();
    this.#msiX.reset();
    this.#interruptStatus = 0;
    this.#updateLine();
  }

  /** What decides all that it does from now on. */
  save(): VirtioPciState {
    return { interruptStatus: this.#interruptStatus, transport: this.transport.save(), msiX: this.#msiX.save() };
  }

  /** Puts it into exactly this state. */
  restore(state: VirtioPciState): void {
    this.#interruptStatus = state.interruptStatus;
    this.transport.restore(state.transport);
    this.#msiX.restore(state.msiX);
    this.#updateLine();
  }

  #interrupt(reason: number, vector: number): void {
    if (this.#msiX.isEnabled) {
      this.#msiX.raise(vector);
      return;
    }
    this.#interruptStatus |= reason;
    this.#updateLine();
  }

  #takeInterruptStatus(): number {
    const status = this.#interruptStatus;
    this.#interruptStatus = 0;
    this.#updateLine();
    return status;
  }

  #updateLine(): void {
    this.#line.set(this.#interruptStatus !== 0 && !this.#msiX.isEnabled && !this.endpoint.isInterruptDisabled);
  }

  #configurationWritten(offset: number, size: AccessSize): void {
    this.#msiX.controlWritten();
    this.#updateLine();
    // The device may touch memory from now on: it looks at what the driver told it before.
    if (offset <= COMMAND && offset + size > COMMAND) this.transport.processAll();
  }

  #readConfig(offset: number, size: AccessSize): number {
    const { config } = this.#model;
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (config[offset + i] ?? 0);
    return value;
  }

  #writeConfig(offset: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.#model.writeConfig?.(offset + i, (value >>> (8 * i)) & 0xff);
  }

  #legacyHandler(): PortHandler {
    const headerBytes = (): number => LEGACY_HEADER_BYTES + (this.#msiX.isEnabled ? LEGACY_VECTOR_BYTES : 0);
    return {
      read: (offset, size) => {
        if (offset < LEGACY_HEADER_BYTES) return this.#legacy.read(offset, size);
        const config = offset - headerBytes();
        return config >= 0 ? this.#readConfig(config, size) : this.#legacyVectors.read(offset - LEGACY_HEADER_BYTES, size);
      },
      write: (offset, size, value) => {
        if (offset < LEGACY_HEADER_BYTES) return this.#legacy.write(offset, size, value);
        const config = offset - headerBytes();
        return config >= 0 ? this.#writeConfig(config, size, value) : this.#legacyVectors.write(offset - LEGACY_HEADER_BYTES, size, value);
      },
    };
  }
}

function legacyBytes(model: VirtioModel): number {
  return 2 ** Math.ceil(Math.log2(LEGACY_HEADER_BYTES + LEGACY_VECTOR_BYTES + model.config.length));
}

function structures(model: VirtioModel): Structure[] {
  const at = (place: number): { base: number; offset: number } => ({ base: MODERN_BASE, offset: place * STRUCTURE_BYTES });
  return [
    { type: 1, ...at(COMMON), length: COMMON_CONFIGURATION_BYTES },
    { type: 2, ...at(NOTIFY), length: model.queues.length * NOTIFY_MULTIPLIER, multiplier: NOTIFY_MULTIPLIER },
    { type: 3, ...at(INTERRUPT_STATUS), length: 1 },
    // A structure is never empty.
    { type: 4, ...at(DEVICE), length: Math.max(4, model.config.length) },
  ];
}

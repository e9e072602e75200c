import type { BlockBackend } from '../block/block-backend.ts';
import {
  CHECK_POWER_MODE, DEVICE_RESET, ERROR_ABRT, FEATURE_TRANSFER_MODE, IDENTIFY_DEVICE, IDENTIFY_PACKET_DEVICE, IDLE, IDLE_IMMEDIATE, PACKET,
  PACKET_BYTES, PACKET_DMA, PACKET_OVERLAPPED, PACKET_SIGNATURE, REASON_COMMAND, REASON_IN, SECTOR_COMMANDS, SET_FEATURES, SLEEP, STANDBY,
  STANDBY_IMMEDIATE,
} from './ata-definitions.ts';
import { BUFFER_BYTES, Drive, type DriveHost } from './drive.ts';
import { DEFAULT_TRANSFER_MODE, FIRMWARE, identifyCd, isTransferMode, type DriveText } from './identify.ts';
import {
  ADDRESS_OUT_OF_RANGE, BLOCK_BYTES, EVENT_MEDIUM_REMOVED, EVENT_NEW_MEDIUM, EVENT_NONE, GET_EVENT_STATUS_NOTIFICATION, GET_CONFIGURATION,
  INQUIRY, MEDIUM_MAY_HAVE_CHANGED, NO_MEDIUM_TRAY_CLOSED, NO_MEDIUM_TRAY_OPEN, NO_SENSE, REQUEST_SENSE, UNRECOVERED_READ_ERROR, type Sense,
} from './packet-definitions.ts';
import { dispatchPacket, type PacketDrive, type PacketResult } from './packet-commands.ts';
import type { CdStatus } from './packet-replies.ts';

/** A command under way: the packet itself, a reply in the buffer, or blocks of the medium. */
interface CdRequest {
  readonly kind: 'identify' | 'packet' | 'reply' | 'read';
  readonly isDma: boolean;
  /** The most bytes at the data port before the next interrupt. */
  readonly limit: number;
  /** The next block that the medium is asked for, how many are to come, and how many are asked for at a time. */
  readonly block: number;
  readonly left: number;
  readonly chunk: number;
}

/** What a save of a CD drive keeps. */
export interface AtapiCdState {
  readonly request?: CdRequest;
  readonly sense: Sense;
  readonly hasChanged: boolean;
  readonly event: number;
  readonly isTrayOpen: boolean;
  readonly isLocked: boolean;
  readonly transferMode: number;
  readonly isStandby: boolean;
  /** Name of the medium; null where there is none, left out where it has no name. */
  readonly medium?: string | null;
}

const CHUNK_BLOCKS = BUFFER_BYTES / BLOCK_BYTES;
/** What is answered although the medium changed: the change is told by the first other command. */
const NOT_HELD_UP = [INQUIRY, REQUEST_SENSE, GET_CONFIGURATION, GET_EVENT_STATUS_NOTIFICATION];

/** Finds a medium that the machine's surroundings provide. */
export type FindMedium = (name: string) => BlockBackend;

/** An ATAPI drive for CDs and DVDs, which are read. Its medium can be changed while the machine runs. */
export class AtapiCd extends Drive<AtapiCdState> implements PacketDrive {
  protected readonly signature: number = PACKET_SIGNATURE;
  protected readonly readyStatus = 0;
  readonly #text: DriveText;
  readonly #find: FindMedium;
  #medium: BlockBackend | undefined;
  #name: string | undefined;
  #request: CdRequest | undefined;
  #sense: Sense = NO_SENSE;
  #hasChanged = false;
  #event = EVENT_NONE;
  #isTrayOpen = false;
  #isLocked = false;
  #transferMode = DEFAULT_TRANSFER_MODE;

  constructor(host: DriveHost, medium: string | undefined, text: DriveText, find: FindMedium) {
    super(host);
    this.#text = text;
    this.#find = find;
    this.#put(medium);
    this.reset();
  }

  /** The medium in the drive. */
  get medium(): BlockBackend | undefined {
    return this.#medium;
  }

  /**
   * Changes the medium as by hand, even where the guest has locked the tray, which is closed then: a backend, one of the machine's media by
   * its name, or none. The guest is told as real drives tell it. A named medium is found again when a saved state is restored; one without
   * a name must be in the drive by then.
   * @throws RingzeroError `unknown-medium`.
   */
  insert(medium: BlockBackend | string | undefined): void {
    const had = this.#medium !== undefined;
    this.#put(medium);
    this.#isTrayOpen = false;
    this.#hasChanged = medium !== undefined;
    this.#event = medium !== undefined ? EVENT_NEW_MEDIUM : had ? EVENT_MEDIUM_REMOVED : this.#event;
  }

  /** What the drive says of its disc. */
  get cdStatus(): CdStatus {
    return { blocks: this.#isTrayOpen ? undefined : this.#blocks, isTrayOpen: this.#isTrayOpen, isLocked: this.#isLocked };
  }

  /** Its name, as INQUIRY and IDENTIFY tell it. */
  get product(): string {
    return this.#text.model;
  }

  /** Its revision, as INQUIRY and IDENTIFY tell it. */
  get revision(): string {
    return FIRMWARE;
  }

  /** The media event that waits to be told. */
  get mediaEvent(): number {
    return this.#event;
  }

  forgetEvent(): void {
    this.#event = EVENT_NONE;
  }

  takeSense(): Sense {
    const sense = this.#hasChanged && this.#sense.key === 0 ? MEDIUM_MAY_HAVE_CHANGED : this.#sense;
    if (sense === MEDIUM_MAY_HAVE_CHANGED) this.#hasChanged = false;
    this.#sense = NO_SENSE;
    return sense;
  }

  /** The guest locks the tray, or lets go of it. */
  lock(isLocked: boolean): void {
    this.#isLocked = isLocked;
  }

  /** The guest opens or closes the tray. */
  moveTray(isOpen: boolean): void {
    if (isOpen === this.#isTrayOpen) return;
    this.#isTrayOpen = isOpen;
    if (this.#medium === undefined) return;
    this.#hasChanged = !isOpen;
    this.#event = isOpen ? EVENT_MEDIUM_REMOVED : EVENT_NEW_MEDIUM;
  }

  protected powerOn(): void {
    this.#sense = NO_SENSE;
    this.#hasChanged = false;
    this.#event = EVENT_NONE;
    this.#isTrayOpen = this.#isLocked = this.isStandby = false;
    this.#transferMode = DEFAULT_TRANSFER_MODE;
  }

  protected execute(command: number): void {
    // Whoever takes it for a disk learns by the signature what it is.
    if (SECTOR_COMMANDS[command] !== undefined || command === IDENTIFY_DEVICE) {
      this.registers.setSignature(this.signature);
      return this.fail(ERROR_ABRT);
    }
    switch (command) {
      case PACKET:
        return this.#takePacket();
      case IDENTIFY_PACKET_DEVICE:
        this.#request = { kind: 'identify', isDma: false, limit: 512, block: 0, left: 0, chunk: 0 };
        this.#fill(identifyCd({ ...this.#text, transferMode: this.#transferMode }));
        return this.givePio(this.filled);
      case DEVICE_RESET:
        return this.softReset();
      case SET_FEATURES:
        return this.#setFeatures();
      case STANDBY:
      case STANDBY_IMMEDIATE:
      case SLEEP:
      case IDLE:
      case IDLE_IMMEDIATE:
      case CHECK_POWER_MODE:
        return this.setPower(command);
      default:
        return this.fail(ERROR_ABRT);
    }
  }

  protected perform(): void | Promise<void> {
    const { block, chunk } = this.#require();
    const medium = this.#medium;
    if (medium === undefined) throw new Error('there is no medium');
    const target = this.buffer.subarray(0, chunk * BLOCK_BYTES);
    const offset = block * BLOCK_BYTES;
    // The last block may be there in part.
    const inside = Math.min(target.length, medium.byteLength - offset);
    if (inside <= 0) throw new Error(`the medium now ends at block ${Math.ceil(medium.byteLength / BLOCK_BYTES)}`);
    target.fill(0, inside);
    return medium.read(offset, target.subarray(0, inside));
  }

  protected performed(error: unknown): void {
    const request = this.#require();
    const { block, left, chunk } = request;
    if (error !== undefined) {
      this.logFailure(`reading ${chunk} blocks at ${block} failed: ${error instanceof Error ? error.message : String(error)}`);
      return this.#refuse(UNRECOVERED_READ_ERROR);
    }
    this.#request = { ...request, block: block + chunk, left: left - chunk };
    this.filled = chunk * BLOCK_BYTES;
    this.position = 0;
    this.#give();
  }

  protected continueRequest(): void {
    const request = this.#require();
    switch (request.kind) {
      case 'identify':
        return this.finish(false);
      case 'packet':
        return this.#dispatch(request);
      default:
        if (this.position < this.filled) return this.#give();
        return request.left > 0 ? this.#load(request) : this.#complete();
    }
  }

  protected get hasRequest(): boolean {
    return this.#request !== undefined;
  }

  protected dropRequest(): void {
    this.#request = undefined;
  }

  /** What a save keeps besides that of every drive. */
  protected saveDetails(): AtapiCdState {
    const medium = this.#medium === undefined ? null : this.#name;
    return {
      ...(this.#request === undefined ? {} : { request: this.#request }),
      sense: this.#sense,
      hasChanged: this.#hasChanged,
      event: this.#event,
      isTrayOpen: this.#isTrayOpen,
      isLocked: this.#isLocked,
      transferMode: this.#transferMode,
      isStandby: this.isStandby,
      ...(medium === undefined ? {} : { medium }),
    };
  }

  /** Takes over what `saveDetails` gave. */
  protected restoreDetails(state: AtapiCdState): void {
    if (state.medium !== undefined) this.#put(state.medium ?? undefined);
    this.#request = state.request;
    this.#sense = state.sense;
    this.#hasChanged = state.hasChanged;
    this.#event = state.event;
    this.#isTrayOpen = state.isTrayOpen;
    this.#isLocked = state.isLocked;
    this.#transferMode = state.transferMode;
    this.isStandby = state.isStandby;
  }

  get #blocks(): number | undefined {
    return this.#medium === undefined ? undefined : Math.min(2 ** 32 - 1, Math.ceil(this.#medium.byteLength / BLOCK_BYTES));
  }

  #put(medium: BlockBackend | string | undefined): void {
    this.#medium = typeof medium === 'string' ? this.#find(medium) : medium;
    this.#name = typeof medium === 'string' ? medium : undefined;
  }

  #require(): CdRequest {
    if (this.#request === undefined) throw new Error('a CD drive without a request was told to go on');
    return this.#request;
  }

  #fill(bytes: ArrayLike<number>): void {
    this.buffer.set(bytes);
    this.filled = bytes.length;
    this.position = 0;
  }

  #takePacket(): void {
    const { registers } = this;
    if ((registers.features & PACKET_OVERLAPPED) !== 0) return this.fail(ERROR_ABRT);
    // An odd limit cannot be kept in words; 0 is as much as there can be (§9.9).
    const limit = Math.min(registers.byteCount || 0xffff, 0xffff) & ~1;
    this.#request = { kind: 'packet', isDma: (registers.features & PACKET_DMA) !== 0, limit: limit || 2, block: 0, left: 0, chunk: 0 };
    registers.count = REASON_COMMAND;
    this.position = 0;
    this.takePio(PACKET_BYTES, false);
  }

  #dispatch(request: CdRequest): void {
    const packet = this.buffer.slice(0, PACKET_BYTES);
    if (this.#hasChanged && !NOT_HELD_UP.includes(packet[0]!)) {
      this.#hasChanged = false;
      return this.#refuse(MEDIUM_MAY_HAVE_CHANGED);
    }
    if (packet[0] !== REQUEST_SENSE) this.#sense = NO_SENSE;
    const result: PacketResult = dispatchPacket(this, packet);
    switch (result.kind) {
      case 'done':
        return this.#complete();
      case 'refused':
        return this.#refuse(result.sense);
      case 'reply':
        this.#fill(result.bytes);
        if (this.filled === 0) return this.#complete();
        this.#request = { ...request, kind: 'reply' };
        return this.#give();
      case 'read':
        this.isStandby = false;
        return this.#readBlocks(request, result.block, result.count);
    }
  }

  #readBlocks(request: CdRequest, block: number, count: number): void {
    const blocks = this.cdStatus.blocks;
    if (blocks === undefined) return this.#refuse(this.#isTrayOpen ? NO_MEDIUM_TRAY_OPEN : NO_MEDIUM_TRAY_CLOSED);
    if (block + count > blocks) return this.#refuse(ADDRESS_OUT_OF_RANGE);
    if (count === 0) return this.#complete();
    this.#load({ ...request, kind: 'read', block, left: count });
  }

  #load(request: CdRequest): void {
    const chunk = Math.min(request.left, CHUNK_BLOCKS);
    this.#request = { ...request, chunk };
    this.filled = 0;
    this.startWork(chunk * BLOCK_BYTES);
  }

  /** Gives what is in the buffer: by DMA, or as much as the driver takes at a time. */
  #give(): void {
    const { isDma, limit } = this.#require();
    const { registers } = this;
    registers.count = REASON_IN;
    if (isDma) return this.moveByDma('dmaIn', this.filled);
    const end = Math.min(this.filled, this.position + limit);
    registers.byteCount = end - this.position;
    this.givePio(end);
  }

  #complete(): void {
    this.registers.count = REASON_IN | REASON_COMMAND;
    this.finish();
  }

  #refuse(sense: Sense): void {
    this.#sense = sense;
    this.registers.count = REASON_IN | REASON_COMMAND;
    this.fail((sense.key << 4) | ERROR_ABRT);
  }

  #setFeatures(): void {
    const { features, count } = this.registers;
    if (features !== FEATURE_TRANSFER_MODE || !isTransferMode(count)) return this.fail(ERROR_ABRT);
    if (count >= 0x10) this.#transferMode = count;
    return this.finish();
  }
}

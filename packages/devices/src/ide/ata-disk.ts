import { SECTOR_BYTES, type BlockBackend } from '../block/block-backend.ts';
import {
  CHECK_POWER_MODE, DEVICE_LBA, ERROR_ABRT, ERROR_IDNF, ERROR_UNC, FEATURE_KEEP_DEFAULTS, FEATURE_LOOK_AHEAD_OFF, FEATURE_LOOK_AHEAD_ON,
  FEATURE_REVERT_DEFAULTS, FEATURE_TRANSFER_MODE, FEATURE_WRITE_CACHE_OFF, FEATURE_WRITE_CACHE_ON, FLUSH_CACHE, FLUSH_CACHE_EXT,
  IDENTIFY_DEVICE, IDLE, IDLE_IMMEDIATE, INITIALIZE_DEVICE_PARAMETERS, RECALIBRATE, SECTOR_COMMANDS, SEEK, SET_FEATURES, SET_MULTIPLE_MODE,
  SLEEP, STANDBY, STANDBY_IMMEDIATE, STATUS_DF, STATUS_DRDY, STATUS_DSC, type SectorCommand,
} from './ata-definitions.ts';
import { BUFFER_BYTES, Drive, type DriveHost } from './drive.ts';
import { DEFAULT_TRANSFER_MODE, identifyDisk, isTransferMode, MOST_MULTIPLE, type DriveText } from './identify.ts';

/** A command under way. */
interface DiskRequest {
  readonly kind: SectorCommand['kind'] | 'flush' | 'identify';
  readonly isDma: boolean;
  readonly isExtended: boolean;
  /** The next sector that the medium is asked for, and how many are to come from there on. */
  readonly lba: number;
  readonly left: number;
  /** Sectors in the buffer at a time, and in one block at the data port. */
  readonly chunk: number;
  readonly block: number;
}

export interface AtaDiskState {
  readonly request?: DiskRequest;
  readonly heads: number;
  readonly sectorsPerTrack: number;
  readonly multiple: number;
  readonly hasWriteCache: boolean;
  readonly hasLookAhead: boolean;
  readonly transferMode: number;
  readonly isStandby: boolean;
}

const BUFFER_SECTORS = BUFFER_BYTES / SECTOR_BYTES;
const HEADS = 16;
const SECTORS_PER_TRACK = 63;
const MOST_CYLINDERS = 16383;
/** What the medium has of 48-bit addresses. */
const MOST_SECTORS = 2 ** 48 - 1;

/** An ATA-6 disk. */
export class AtaDisk extends Drive<AtaDiskState> {
  protected readonly signature = 0;
  protected readonly readyStatus: number = STATUS_DRDY | STATUS_DSC;
  readonly #medium: BlockBackend;
  readonly #text: DriveText;
  readonly #sectors: number;
  #request: DiskRequest | undefined;
  #heads = HEADS;
  #sectorsPerTrack = SECTORS_PER_TRACK;
  #multiple = 0;
  #hasWriteCache = true;
  #hasLookAhead = true;
  #transferMode = DEFAULT_TRANSFER_MODE;

  constructor(host: DriveHost, medium: BlockBackend, text: DriveText) {
    super(host);
    this.#medium = medium;
    this.#text = text;
    this.#sectors = Math.min(MOST_SECTORS, Math.floor(medium.byteLength / SECTOR_BYTES));
    this.reset();
  }

  protected powerOn(): void {
    this.#heads = HEADS;
    this.#sectorsPerTrack = SECTORS_PER_TRACK;
    this.#multiple = 0;
    this.#hasWriteCache = this.#hasLookAhead = true;
    this.#transferMode = DEFAULT_TRANSFER_MODE;
    this.isStandby = false;
  }

  protected execute(command: number): void {
    const sectorCommand = SECTOR_COMMANDS[command];
    if (sectorCommand !== undefined) return this.#moveSectors(sectorCommand);
    switch (command) {
      case IDENTIFY_DEVICE:
        return this.#identify();
      case FLUSH_CACHE:
      case FLUSH_CACHE_EXT:
        return this.#begin({ kind: 'flush', isDma: false, isExtended: false, lba: 0, left: 0, chunk: 0, block: 0 });
      case INITIALIZE_DEVICE_PARAMETERS:
        return this.#setGeometry();
      case SET_MULTIPLE_MODE:
        return this.#setMultiple();
      case SET_FEATURES:
        return this.#setFeatures();
      case SEEK:
        return this.#address(false) < this.#sectors ? this.finish() : this.fail(ERROR_IDNF);
      case STANDBY:
      case STANDBY_IMMEDIATE:
      case SLEEP:
      case IDLE:
      case IDLE_IMMEDIATE:
      case CHECK_POWER_MODE:
        return this.setPower(command);
      default:
        return (command & 0xf0) === RECALIBRATE ? this.finish() : this.fail();
    }
  }

  protected perform(): void | Promise<void> {
    const { kind, lba, left, chunk } = this.#require();
    const offset = lba * SECTOR_BYTES;
    const part = this.buffer.subarray(0, chunk * SECTOR_BYTES);
    if (kind === 'flush') return this.#medium.flush();
    if (kind !== 'write') return this.#medium.read(offset, part);
    const written = this.#medium.write(offset, part);
    // Without a write cache a command is over when its data is durable.
    if (this.#hasWriteCache || left > chunk) return written;
    return written === undefined ? this.#medium.flush() : written.then(() => this.#medium.flush());
  }

  protected performed(error: unknown): void {
    const request = this.#require();
    const { kind, lba, left, chunk, isExtended } = request;
    if (error !== undefined) {
      const what = kind === 'flush' ? 'flushing' : `${kind === 'write' ? 'writing' : 'reading'} ${chunk} sectors at ${lba}`;
      this.logFailure(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
      if (kind !== 'flush') this.registers.place(lba, left, isExtended);
      return kind === 'read' || kind === 'verify' ? this.fail(ERROR_UNC) : this.fail(ERROR_ABRT, STATUS_DF);
    }
    const rest = left - chunk;
    this.#request = { ...request, lba: lba + chunk, left: rest, chunk: kind === 'read' ? chunk : Math.min(rest, BUFFER_SECTORS) };
    if (kind === 'read') {
      this.filled = chunk * SECTOR_BYTES;
      this.position = 0;
      return this.#give();
    }
    if (rest === 0) return this.finish();
    return kind === 'verify' ? this.startWork(this.#request.chunk * SECTOR_BYTES) : this.#take(true);
  }

  protected continueRequest(): void {
    const request = this.#require();
    if (request.kind === 'identify') return this.finish(false);
    if (request.kind === 'write') return this.position < request.chunk * SECTOR_BYTES ? this.#takeBlock(true) : this.startWork(request.chunk * SECTOR_BYTES);
    if (this.position < this.filled) return this.#give();
    if (request.left > 0) return this.#begin({ ...request, chunk: Math.min(request.left, BUFFER_SECTORS) });
    // The last block of a PIO command was announced; by DMA the end is.
    return this.finish(request.isDma);
  }

  protected get hasRequest(): boolean {
    return this.#request !== undefined;
  }

  protected dropRequest(): void {
    this.#request = undefined;
  }

  protected saveDetails(): AtaDiskState {
    return {
      ...(this.#request === undefined ? {} : { request: this.#request }),
      heads: this.#heads,
      sectorsPerTrack: this.#sectorsPerTrack,
      multiple: this.#multiple,
      hasWriteCache: this.#hasWriteCache,
      hasLookAhead: this.#hasLookAhead,
      transferMode: this.#transferMode,
      isStandby: this.isStandby,
    };
  }

  protected restoreDetails(state: AtaDiskState): void {
    this.#request = state.request;
    this.#heads = state.heads;
    this.#sectorsPerTrack = state.sectorsPerTrack;
    this.#multiple = state.multiple;
    this.#hasWriteCache = state.hasWriteCache;
    this.#hasLookAhead = state.hasLookAhead;
    this.#transferMode = state.transferMode;
    this.isStandby = state.isStandby;
  }

  #require(): DiskRequest {
    if (this.#request === undefined) throw new Error('a disk without a request was told to go on');
    return this.#request;
  }

  #moveSectors({ kind, protocol, isExtended }: SectorCommand): void {
    if (protocol === 'multiple' && this.#multiple === 0) return this.fail();
    if (kind === 'write' && this.#medium.isReadOnly) return this.fail();
    const left = this.registers.sectors(isExtended);
    const lba = this.#address(isExtended);
    if (lba + left > this.#sectors) {
      if (lba !== Infinity) this.registers.place(Math.max(lba, this.#sectors), left, isExtended);
      return this.fail(ERROR_IDNF);
    }
    this.isStandby = false;
    const block = protocol === 'multiple' ? this.#multiple : 1;
    const request: DiskRequest = { kind, isDma: protocol === 'dma', isExtended, lba, left, chunk: Math.min(left, BUFFER_SECTORS), block };
    if (kind !== 'write') return this.#begin(request);
    this.#request = request;
    return this.#take(false);
  }

  /** The sector that the registers name; one beyond any disk where they name none. */
  #address(isExtended: boolean): number {
    const { registers } = this;
    if (isExtended || (registers.device & DEVICE_LBA) !== 0) return registers.address(isExtended);
    const [cylinder, head, sector] = [registers.byteCount, registers.device & 15, registers.sectorNumber];
    if (sector === 0 || sector > this.#sectorsPerTrack || head >= this.#heads) return Infinity;
    return (cylinder * this.#heads + head) * this.#sectorsPerTrack + sector - 1;
  }

  #begin(request: DiskRequest): void {
    this.#request = request;
    this.filled = 0;
    this.startWork(request.chunk * SECTOR_BYTES);
  }

  /** Gives what is in the buffer. */
  #give(): void {
    const { isDma, block } = this.#require();
    if (isDma) this.moveByDma('dmaIn', this.filled);
    else this.givePio(Math.min(this.filled, this.position + block * SECTOR_BYTES));
  }

  /** Takes what the next write to the medium needs. */
  #take(interrupts: boolean): void {
    this.position = 0;
    const { isDma, chunk } = this.#require();
    if (isDma) this.moveByDma('dmaOut', chunk * SECTOR_BYTES);
    else this.#takeBlock(interrupts);
  }

  #takeBlock(interrupts: boolean): void {
    const { block, chunk } = this.#require();
    this.takePio(Math.min(chunk * SECTOR_BYTES, this.position + block * SECTOR_BYTES), interrupts);
  }

  #identify(): void {
    const bytes = identifyDisk({
      ...this.#text,
      sectors: this.#sectors,
      cylinders: Math.min(MOST_CYLINDERS, Math.floor(this.#sectors / (HEADS * SECTORS_PER_TRACK))),
      heads: HEADS,
      sectorsPerTrack: SECTORS_PER_TRACK,
      current: { heads: this.#heads, sectorsPerTrack: this.#sectorsPerTrack },
      multiple: this.#multiple,
      hasWriteCache: this.#hasWriteCache,
      hasLookAhead: this.#hasLookAhead,
      transferMode: this.#transferMode,
    });
    this.#request = { kind: 'identify', isDma: false, isExtended: false, lba: 0, left: 0, chunk: 1, block: 1 };
    this.buffer.set(bytes);
    this.filled = bytes.length;
    this.position = 0;
    this.#give();
  }

  #setGeometry(): void {
    if (this.registers.count === 0) return this.fail();
    this.#sectorsPerTrack = this.registers.count;
    this.#heads = (this.registers.device & 15) + 1;
    this.finish();
  }

  #setMultiple(): void {
    const { count } = this.registers;
    if (count > MOST_MULTIPLE || (count & (count - 1)) !== 0) return this.fail();
    this.#multiple = count;
    this.finish();
  }

  #setFeatures(): void {
    switch (this.registers.features) {
      case FEATURE_WRITE_CACHE_ON:
        this.#hasWriteCache = true;
        return this.finish();
      case FEATURE_WRITE_CACHE_OFF:
        // What is in the cache becomes durable first.
        this.#hasWriteCache = false;
        return this.#begin({ kind: 'flush', isDma: false, isExtended: false, lba: 0, left: 0, chunk: 0, block: 0 });
      case FEATURE_LOOK_AHEAD_ON:
      case FEATURE_LOOK_AHEAD_OFF:
        this.#hasLookAhead = this.registers.features === FEATURE_LOOK_AHEAD_ON;
        return this.finish();
      case FEATURE_TRANSFER_MODE:
        if (!isTransferMode(this.registers.count)) return this.fail();
        if (this.registers.count >= 0x10) this.#transferMode = this.registers.count;
        return this.finish();
      case FEATURE_KEEP_DEFAULTS:
      case FEATURE_REVERT_DEFAULTS:
        return this.finish();
      default:
        return this.fail();
    }
  }
}

import type { ServerSettings } from '../settings.ts';
import type { ContainerImage } from './image.ts';
import type { ContainerWishes } from './limits.ts';

/** A server in a container, before it is there. */
export interface ServerOrder {
  readonly image: ContainerImage;
  /** Of the container. */
  readonly name: string;
  /** The data: a volume that is there, or a new one that this process owns. */
  readonly volume: string;
  readonly database: string;
  readonly password: string;
  readonly settings: ServerSettings;
  readonly wishes: ContainerWishes;
  readonly signal: AbortSignal;
  /** Between making the container and starting it: the name is ours then. `NotStarted` is handed on. */
  readonly beforeStart?: () => Promise<void>;
}

import { ownedName } from '../owner.ts';
import type { Engine } from './engine.ts';
import { NAME_PREFIX, ownerLabels } from './labels.ts';

/** Goes with this process. */
export interface OwnedVolume extends AsyncDisposable {
  readonly name: string;
}

export async function newVolume({ docker }: Engine): Promise<OwnedVolume> {
  const name = `${NAME_PREFIX}${ownedName()}`;
  await docker.createVolume({ Name: name, Labels: ownerLabels() });
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await docker
        .getVolume(name)
        .remove()
        .catch(() => undefined);
    },
  };
}

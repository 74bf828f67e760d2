/** The packages as they are published, and projects of users beside them. */
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTool } from "./run-tool.ts";

export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const FIXTURES = join(ROOT, "e2e/fixtures");

/** What is published as ECMAScript modules and as CommonJS; the others depend on the first. */
export const PACKED = ["protocol", "sdk", "client"] as const;
/** What the packages and the fixtures need of others. */
const FOREIGN = ["@noble/hashes", "@opentelemetry/api", "@types/node", "undici-types"];

export class PackedPackages {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Packs and unpacks them below `folder`. */
  static async create(folder: string): Promise<PackedPackages> {
    const packed = new PackedPackages(folder);
    for (const name of PACKED) {
      const cwd = join(ROOT, "packages", name);
      await runTool("npm", ["pack", "--silent", "--pack-destination", folder], { cwd });
      const place = join(folder, "node_modules/@rejoin", name);
      await mkdir(place, { recursive: true });
      const options = ["--strip-components=1", "-C", place];
      await runTool("tar", ["-xzf", packed.tarball(name), ...options], { cwd: folder });
    }
    for (const name of FOREIGN) {
      const place = join(folder, "node_modules", name);
      await mkdir(join(place, ".."), { recursive: true });
      await symlink(join(ROOT, "node_modules", name), place);
    }
    return packed;
  }

  tarball(name: string): string {
    return join(this.#folder, `rejoin-${name}-0.1.0.tgz`);
  }

  /** Where an installed package lies. */
  placeOf(name: string): string {
    return join(this.#folder, "node_modules/@rejoin", name);
  }

  /** A project of `e2e/fixtures`, with the packages installed; gives its folder. */
  async addFixture(name: string): Promise<string> {
    const place = join(this.#folder, name);
    await cp(join(FIXTURES, name), place, { recursive: true });
    await cp(join(FIXTURES, "program"), join(place, "program"), { recursive: true });
    return place;
  }
}

/** What a shell has to load to complete commands. */

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

/** The library prints its scripts; here they are texts. */
export async function shellScript(shell: Shell, name: string): Promise<string> {
  const { script } = await import("@bomb.sh/tab");
  const lines: string[] = [];
  const { log } = console;
  console.log = (...parts: readonly unknown[]) => void lines.push(parts.join(" "));
  try {
    script(shell, name, name);
  } finally {
    console.log = log;
  }
  const text = `${lines.join("\n")}\n`;
  return shell === "bash" ? BASH_FALLBACK + text : text;
}

/** What the script takes from the package bash-completion, which is not everywhere. */
const BASH_FALLBACK = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    cur="\${COMP_WORDS[COMP_CWORD]}"
    prev="\${COMP_WORDS[COMP_CWORD-1]}"
    words=("\${COMP_WORDS[@]}")
    cword=$COMP_CWORD
  }
fi
`;

/** The shell that a person uses, as far as the variables tell. */
export function findShell(
  variables: Readonly<Record<string, string | undefined>>,
): Shell | undefined {
  const name = (variables.SHELL ?? "").split(/[/\\]/).at(-1);
  const known = SHELLS.find((shell) => shell === name);
  return known ?? (variables.PSModulePath === undefined ? undefined : "powershell");
}

export interface Installation {
  /** Below the home directory. */
  readonly file: string;
  /** What has to be in which file for the shell to load it; nothing if it does so by itself. */
  readonly loader?: { readonly file: string; readonly line: string };
}

export function installationOf(shell: Shell): Installation | undefined {
  switch (shell) {
    case "bash":
      return { file: ".local/share/bash-completion/completions/rejoin" };
    case "fish":
      return { file: ".config/fish/completions/rejoin.fish" };
    case "zsh":
      return {
        file: ".config/rejoin/completion.zsh",
        loader: { file: ".zshrc", line: "source ~/.config/rejoin/completion.zsh" },
      };
    case "powershell":
      return undefined;
  }
}

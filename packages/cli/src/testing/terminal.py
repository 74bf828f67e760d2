"""Runs a program on a terminal of its own.

Usage: terminal.py <program> [args...]. What the program draws goes to stdout as it is. Each line of
stdin is typed as keys, written as JSON, once the program has drawn the text before it:
["text to wait for", "keys"]. Ends with the program, and with its exit code.
"""
import fcntl, json, os, pty, select, struct, sys, termios

steps = [json.loads(line) for line in sys.stdin if line.strip()]
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
drawn = b""
while True:
    select.select([terminal], [], [])
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break
    if not chunk:
        break
    drawn += chunk
    sys.stdout.buffer.write(chunk)
    while steps and steps[0][0].encode() in drawn:
        _, keys = steps.pop(0)
        drawn = b""
        os.write(terminal, keys.encode())
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)

// An agent that answers in turns of chats, for tests. The last message says how, line by line:
//   say <words> | wait-for <path> | files
import { existsSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';

const { chat } = JSON.parse(await new Response(process.stdin).text());

const commands = {
  say: (words) => process.stdout.write(`${words}\n`),
  'wait-for': (file) =>
    new Promise((resolve) => {
      const look = () => {
        if (!existsSync(file)) return;
        watcher.close();
        resolve();
      };
      const watcher = watch(path.dirname(file), look);
      look();
    }),
  // What came with the message, whether it can be changed, and what else of chats is in sight.
  files: () => {
    const read = chat.files.map((file) => `${path.basename(file.path)}=${readFileSync(file.path, 'utf8')}`);
    const changed = [process.env.CREWSHIP_INPUTS_DIR ?? '/inputs'].map((directory) => {
      try {
        writeFileSync(path.join(directory, 'mine'), '');
        return 'written';
      } catch (error) {
        return error.code;
      }
    });
    const directories = readdirSync('/inputs', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    process.stdout.write(`${[...read, ...changed, `directories=${directories.length}`].join(' ')}\n`);
  },
};

for (const line of chat.steered.at(-1)?.split('\n') ?? chat.message.split('\n')) {
  const space = line.indexOf(' ');
  const [name, rest] = space === -1 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
  await commands[name](rest);
}

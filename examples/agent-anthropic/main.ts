// Claude works on a stream, with Anthropic's computer tools. README.md says how to run it.
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, MoonshareApi } from '@moonshare/api';

const {
  MOONSHARE_URL = 'http://127.0.0.1:8080',
  MOONSHARE_CREDENTIALS = '',
  STREAMER = 'agent-1',
  PARTICIPANT = 'Claude',
  MODEL = 'claude-opus-5-5',
} = process.env;
const TURNS = 50;

/** A call of one of the computer tools. */
type Call = Extract<Anthropic.ContentBlock, { type: 'tool_use' }>;

const task = process.argv[2];
if (task === undefined) throw new Error('Say what to do: node main.ts "Open the settings"');

/** Reads its key from ANTHROPIC_API_KEY. */
const anthropic = new Anthropic();
const moonshare = new MoonshareApi({ url: MOONSHARE_URL, token: MOONSHARE_CREDENTIALS });

/** Does what the model wants, in order, and says what became of each call, with a picture after the last. */
async function act(calls: readonly Call[]): Promise<Anthropic.ToolResultBlockParam[]> {
  const last = calls.length - 1;
  try {
    const { results, screenshot } = await moonshare.act(STREAMER, {
      // Each block as it is: Moonshare reads it.
      actions: calls as unknown as (Call & { input: Record<string, unknown> })[],
      participant: PARTICIPANT,
      screenshot: !['screenshot', 'zoom'].includes(calls[last]!.name),
      // While a person has the controls; after that, the model is told.
      wait_for_control: 50_000,
    });
    return calls.map((call, index) => {
      const { cursor, screenshot: own = index === last ? screenshot : null } = results[index]!;
      const said =
        cursor === undefined ? 'done' : `the pointer is at ${cursor === null ? '?' : `${cursor.x}, ${cursor.y}`}`;
      return result(call, [{ type: 'text', text: said }, ...(own === null ? [] : [image(own)])]);
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === null) throw error;
    const done = (error.details?.results ?? []) as { status: string }[];
    return calls.map((call, index) =>
      done[index]?.status === 'done'
        ? result(call, [{ type: 'text', text: 'done' }])
        : { ...result(call, [{ type: 'text', text: `${error.message}. ${error.hint}` }]), is_error: true },
    );
  }
}

function result(
  call: Call,
  content: (Anthropic.TextBlockParam | Anthropic.ImageBlockParam)[],
): Anthropic.ToolResultBlockParam {
  return { type: 'tool_result', tool_use_id: call.id, toolset_name: call.toolset_name ?? null, content };
}

function image({ data, media_type }: { data: string; media_type: 'image/jpeg' | 'image/png' | 'image/webp' }) {
  return { type: 'image' as const, source: { type: 'base64' as const, media_type, data } };
}

const messages: Anthropic.MessageParam[] = [{ role: 'user', content: task }];
try {
  for (let turn = 1; ; turn++) {
    if (turn > TURNS) throw new Error(`Not done after ${TURNS} turns`);
    const { content } = await anthropic.messages.create({
      model: MODEL,
      max_tokens: 4096,
      tools: [{ type: 'computer_toolset_20260801' }],
      messages,
    });
    for (const block of content) if (block.type === 'text') console.log(block.text);
    const calls = content.filter((block) => block.type === 'tool_use');
    if (calls.length === 0) break;
    for (const { name, input } of calls) console.log(`${name} ${JSON.stringify(input)}`);
    messages.push({ role: 'assistant', content }, { role: 'user', content: await act(calls) });
  }
} finally {
  await moonshare.controlAction(STREAMER, { action: 'release', participant: PARTICIPANT }).catch(() => {});
}

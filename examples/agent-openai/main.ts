// A model of OpenAI works on a stream, with its computer tool. README.md says how to run it.
import { createInterface } from 'node:readline/promises';
import { ApiError, MoonshareApi } from '@moonshare/api';
import OpenAI from 'openai';

const {
  MOONSHARE_URL = 'http://127.0.0.1:8080',
  MOONSHARE_CREDENTIALS = '',
  STREAMER = 'agent-1',
  PARTICIPANT = 'GPT',
  MODEL = 'gpt-5.4',
} = process.env;
const TURNS = 50;

type Call = OpenAI.Responses.ResponseComputerToolCall;

const task = process.argv[2];
if (task === undefined) throw new Error('Say what to do: node main.ts "Open the settings"');

/** Reads its key from OPENAI_API_KEY. */
const openai = new OpenAI();
const moonshare = new MoonshareApi({ url: MOONSHARE_URL, token: MOONSHARE_CREDENTIALS });

/** Does what the model wants, in order; it is answered with a picture, and with what went wrong. */
async function act(call: Call): Promise<OpenAI.Responses.ResponseInput> {
  const actions = call.actions ?? (call.action === undefined ? [] : [call.action]);
  for (const action of actions) console.log(JSON.stringify(action));
  const acknowledged = await acknowledge(call.pending_safety_checks);
  const failure = actions.length === 0 ? null : await failureOf(actions);
  // Also after a failure: it shows how far the actions came.
  const { results } = await moonshare.act(STREAMER, { actions: [{ type: 'screenshot' }], participant: PARTICIPANT });
  const { data, media_type } = results[0]!.screenshot!;
  const image_url = `data:${media_type};base64,${data}`;
  return [
    {
      type: 'computer_call_output',
      call_id: call.call_id,
      output: { type: 'computer_screenshot', image_url },
      acknowledged_safety_checks: acknowledged,
    },
    ...(failure === null ? [] : [{ role: 'user' as const, content: failure }]),
  ];
}

async function failureOf(actions: readonly NonNullable<Call['action']>[]): Promise<string | null> {
  try {
    await moonshare.act(STREAMER, {
      actions: [...actions],
      participant: PARTICIPANT,
      // While a person has the controls; after that, the model is told.
      wait_for_control: 50_000,
    });
    return null;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === null) throw error;
    return `${error.message}. ${error.hint}`;
  }
}

/** A person decides about what OpenAI has doubts about. */
async function acknowledge(checks: Call['pending_safety_checks']): Promise<Call['pending_safety_checks']> {
  for (const { code, message } of checks) {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await terminal.question(`${code ?? 'Check'}: ${message ?? ''} Go on? [y/N] `);
    terminal.close();
    if (answer.toLowerCase() !== 'y') throw new Error('Not confirmed');
  }
  return checks;
}

try {
  let input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: task }];
  let previous: string | null = null;
  for (let turn = 1; ; turn++) {
    if (turn > TURNS) throw new Error(`Not done after ${TURNS} turns`);
    const response: OpenAI.Responses.Response = await openai.responses.create({
      model: MODEL,
      tools: [{ type: 'computer' }],
      previous_response_id: previous,
      truncation: 'auto',
      input,
    });
    if (response.output_text !== '') console.log(response.output_text);
    const calls = response.output.filter((item) => item.type === 'computer_call');
    if (calls.length === 0) break;
    previous = response.id;
    input = [];
    for (const call of calls) input.push(...(await act(call)));
  }
} finally {
  await moonshare.controlAction(STREAMER, { action: 'release', participant: PARTICIPANT }).catch(() => {});
}

/** How far the paper's protocol, made for GPT-2, reaches in each family, in words for a reader of the report. */
import type { ModelConfig } from '../config'

const families: Readonly<Record<ModelConfig['family'], readonly string[]>> = {
  gpt2: ['This is the family of the paper: the protocol applies as it stands.'],
  llama: [
    'The protocol applies as it stands: positions hold their own states, read by attention alone. The final norm of the lens is RMSNorm.'
  ],
  rwkv: [
    'There is no attention that could look back: what a later position knows of an earlier one came through the recurrent state and the token shift of each layer. A patch at a position therefore also replaces what it would have passed on in the layers above, but not what it had passed on in those below.',
    'A token shift mixes each position with the one before it in every layer, so that a value may be readable one position later than in the paper.'
  ],
  mamba: [
    'There is no attention that could look back: what a later position knows of an earlier one came through the selective state and the convolution over four positions. A patch at a position therefore also replaces what it would have passed on in the layers above, but not what it had passed on in those below.',
    'The convolution spreads a token over the three positions after it in the first layer already: at a position several tokens may be readable.',
    'A Mamba block has one part where a transformer block has two: layers are not the same depth as in the paper.'
  ],
  transformer1: [
    'This model has no final norm: the lens is the head alone. With few layers most of the questions have short answers.'
  ]
}

const general: readonly string[] = [
  'Causal strength asks what is necessary in this prompt, not what a layer computes: a value that is copied to two places is missed by patching one.',
  'The logit lens reads with the head. What a layer stores in another form than the head expects counts as unreadable.',
  'The same prompts are asked at both checkpoints, while the intervals of differences take them for independent samples: they are wider than they need be.',
  "The paper's trace with the state S[5, e2] as its target (figure 11) is not part of its released code and is not made here."
]

/** What a reader must know before comparing the report with the paper. */
export function limitsOf(model: ModelConfig, kind: string): string[] {
  const passes = 'passes' in model ? model.passes : 1
  const ownHead = 'tieHead' in model ? !model.tieHead : true
  return [
    ...families[model.family],
    ...(passes > 1
      ? [`The blocks are passed ${passes} times: layers are counted once per pass.`]
      : []),
    ...(ownHead
      ? [
          'The head is a matrix of its own: a value is readable as far as the head has learned its token as an answer of atomic facts.'
        ]
      : []),
    ...(kind === 'in-context'
      ? [
          'Where facts precede the question, the values are in the prompt too: that they are readable does not show that they were stored.'
        ]
      : []),
    ...(kind === 'facts'
      ? [
          'Entities are those of the file: how many share a value decides which prompts can be changed.'
        ]
      : []),
    ...general
  ]
}

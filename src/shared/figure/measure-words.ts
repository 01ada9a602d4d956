/** What recorded measures are called where people read; names without words stand as they are recorded. */
export const measureWords: Readonly<Record<string, string>> = {
  accuracy: 'accuracy',
  loss: 'loss',
  batchLoss: 'batch loss',
  gradNorm: 'gradient norm',
  weightNorm: 'weight norm',
  updateRatio: 'update over weights',
  lr: 'learning rate',
  lossScale: 'scale of the loss',
  margin: 'margin of the logits',
  saturated: 'share of saturated softmax rows',
  zeroGradient: 'share of zero gradients',
  restrictedAccuracy: 'restricted accuracy',
  restrictedLoss: 'restricted loss',
  excludedLoss: 'excluded loss',
  progressLoss: 'restricted and excluded loss',
  keyFrequencies: 'key frequencies',
  gini: 'Gini coefficients of the Fourier power',
  giniLogits: 'Gini, logits',
  giniEmbedding: 'Gini, embedding'
}

// Transformers and their relatives. Names, layouts and start values of parameters are PyTorch's where PyTorch has the layer.

/// Attention of x [b, t, d] to itself, then two linear maps, each with a residual around it: `self_attn`, `linear1`
/// [hidden, d], `linear2` [d, hidden], `norm1`, `norm2`. Norms stand after the residuals, as in the paper, or before the parts
/// with `norm_first`. `mask` broadcasts to [b, heads, t, t]; true is seen. PyTorch: TransformerEncoderLayer(batch_first = True).
/// Vaswani et al., 2017; Xiong et al., 2020.
block transformer_encoder_layer(
  heads: int,
  hidden: int,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
  eps: float = 1e-5,
)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let self_attn = multi_head_attention(heads, drop = drop)
  let linear1 = dense(hidden)
  let linear2 = dense(d)
  let norm1 = layer_norm(eps)
  let norm2 = layer_norm(eps)
  let attend = x => self_attn(x, mask = mask) |> dropout(drop)
  let feed = x => x |> linear1 |> activation |> dropout(drop) |> linear2 |> dropout(drop)
  if norm_first {
    let x = x + attend(norm1(x))
    return x + feed(norm2(x))
  }
  let x = norm1(x + attend(x))
  return norm2(x + feed(x))
}

/// As `transformer_encoder_layer`, with attention to `memory` [b, s, d] between the two parts: `self_attn`, `multihead_attn`,
/// `linear1`, `linear2`, `norm1`, `norm2`, `norm3`. `mask` is for the layer's own positions, and a position sees none after it
/// unless `look_ahead`; `memory_mask` broadcasts to [b, heads, t, s]. PyTorch: TransformerDecoderLayer(batch_first = True).
/// Vaswani et al., 2017.
block transformer_decoder_layer(
  heads: int,
  hidden: int,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
  eps: float = 1e-5,
  look_ahead: bool = false,
)(x: [b, t, d], memory: [b, s, d], mask: bool[...m]?, memory_mask: bool[...p]?) -> [b, t, d] {
  let self_attn = multi_head_attention(heads, drop = drop)
  let multihead_attn = multi_head_attention(heads, drop = drop)
  let linear1 = dense(hidden)
  let linear2 = dense(d)
  let norm1 = layer_norm(eps)
  let norm2 = layer_norm(eps)
  let norm3 = layer_norm(eps)
  let seen = if look_ahead then mask else if mask == none then causal(t) else causal(t) and mask
  let attend = x => self_attn(x, mask = seen) |> dropout(drop)
  let look = x => multihead_attn(x, memory, mask = memory_mask) |> dropout(drop)
  let feed = x => x |> linear1 |> activation |> dropout(drop) |> linear2 |> dropout(drop)
  if norm_first {
    let x = x + attend(norm1(x))
    let x = x + look(norm2(x))
    return x + feed(norm3(x))
  }
  let x = norm1(x + attend(x))
  let x = norm2(x + look(x))
  return norm3(x + feed(x))
}

/// `depth` layers of `transformer_encoder_layer`, `layers.0` and so on, and a last `norm` where norms come first.
/// PyTorch: TransformerEncoder.
block transformer_encoder(
  depth: int,
  heads: int,
  hidden: int,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
  last_norm: bool = norm_first,
)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let layers = map(range(depth), _ => transformer_encoder_layer(heads, hidden, drop, activation, norm_first))
  let y = x |> chain(map(layers, layer => x => layer(x, mask = mask)))
  if not last_norm { return y }
  let norm = layer_norm
  return norm(y)
}

/// `depth` layers of `transformer_decoder_layer`, `layers.0` and so on, and a last `norm` where norms come first.
/// PyTorch: TransformerDecoder.
block transformer_decoder(
  depth: int,
  heads: int,
  hidden: int,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
  last_norm: bool = norm_first,
)(x: [b, t, d], memory: [b, s, d], mask: bool[...m]?, memory_mask: bool[...p]?) -> [b, t, d] {
  let layers = map(range(depth), _ => transformer_decoder_layer(heads, hidden, drop, activation, norm_first))
  let y = x |> chain(map(layers, layer => x => layer(x, memory, mask = mask, memory_mask = memory_mask)))
  if not last_norm { return y }
  let norm = layer_norm
  return norm(y)
}

/// The whole Transformer over token numbers from 0 (padding): `src_emb`, `tgt_emb` times √width plus `sinusoidal` positions,
/// `encoder`, `decoder`, `out`; the target is the sentence so far (teacher forcing), and the result the scores of what
/// follows each of its tokens: [b, j, target]. Padding of the source is never attended to. Vaswani et al., 2017.
block transformer(
  source_vocab: int,
  target_vocab: int,
  width: int = 512,
  heads: int = 8,
  hidden: int = 2048,
  depth: int = 6,
  drop: float = 0.1,
  activation: block = relu,
  norm_first: bool = false,
)(source: i32[b, i], target: i32[b, j]) -> (logits: [b, j, target_vocab]) {
  let src_emb = embedding(source_vocab, width)
  let tgt_emb = embedding(target_vocab, width)
  let encoder = transformer_encoder(depth, heads, hidden, drop, activation, norm_first)
  let decoder = transformer_decoder(depth, heads, hidden, drop, activation, norm_first)
  let out = dense(target_vocab)
  let seen = (source != 0)[:, none, none, :]
  let memory = encoder(src_emb(source) * sqrt(width) |> positional_encoding(drop = drop), mask = seen)
  let y = decoder(tgt_emb(target) * sqrt(width) |> positional_encoding(drop = drop), memory, memory_mask = seen)
  return out(y)
}

/// A block of a GPT or a Vision Transformer: attention and two linear maps, each after its norm and with a residual around it.
/// `ln1`, `qkv` [3 · d, d], `proj` [d, d], `ln2`, `fc` [hidden, d], `fc_proj` [d, hidden]; `hidden` is 4 · d where it is not
/// given. With `look_ahead = false` a position sees none after it. `init` is for all weights. Radford et al., 2019.
block gpt_block(
  heads: int,
  hidden: int? = none,
  drop: float = 0,
  activation: block = gelu("tanh"),
  look_ahead: bool = false,
  init: block = kaiming_uniform,
  bias_init: block? = none,
)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let ln1 = layer_norm
  let qkv = dense(3 * d, init = init, bias_init = bias_init)
  let proj = dense(d, init = init, bias_init = bias_init)
  let ln2 = layer_norm
  let fc = dense(if hidden == none then 4 * d else hidden, init = init, bias_init = bias_init)
  let fc_proj = dense(d, init = init, bias_init = bias_init)
  let seen = if look_ahead then mask else if mask == none then causal(t) else causal(t) and mask
  let parts = x |> ln1 |> qkv |> rearrange("b t (three heads e) -> three b heads t e", three = 3)
  let x = x
    + (
      attention(drop = drop)(parts[0], parts[1], parts[2], mask = seen) |> rearrange("b heads t e -> b t (heads e)") |> proj
        |> dropout(drop)
    )
  return x + (x |> ln2 |> fc |> activation |> fc_proj |> dropout(drop))
}

/// A language model that reads to the left: token and position tables `wte` [vocab, width] and `wpe` [context, width], `depth`
/// times `gpt_block` (`blocks.0` and so on), `ln_f`, and the scores of the next token [b, t, vocab] from `head`, or from the
/// rows of `wte` again where `tied`. Weights start at normal(0.02), biases at 0. Radford et al., 2019; Press and Wolf, 2017.
block gpt(
  vocab: int,
  context: int,
  width: int = 128,
  heads: int = 4,
  depth: int = 4,
  hidden: int? = none,
  drop: float = 0,
  tied: bool = true,
)(tokens: i32[b, t]) -> [b, t, vocab] {
  let small = normal(std = 0.02)
  let wte = embedding(vocab, width, init = small)
  let wpe = learned_positions(context)
  let blocks = map(range(depth), _ => gpt_block(heads, hidden, drop, init = small, bias_init = zeros))
  let ln_f = layer_norm
  let y = tokens |> wte |> wpe |> dropout(drop) |> chain(blocks) |> ln_f
  if tied { return y @ transpose(wte.weight) }
  let head = dense(vocab, use_bias = false, init = small)
  return head(y)
}

/// An image cut into patches, read by a Transformer: `patch`, a convolution with kernel and stride `size`, `cls` [1, 1, width]
/// put in front, `pos` [1, patches + 1, width] added, `depth` times `gpt_block` that looks both ways, `ln` and `fc` of the
/// first position: [b, classes]. Dosovitskiy et al., 2021.
block vit(classes: int, size: int, width: int = 64, heads: int = 4, depth: int = 4, hidden: int? = none, drop: float = 0)
  (image: [b, c, h, w]) -> [b, classes] {
  let patch = conv(width, size, stride = size)
  param cls: [1, 1, width] = zeros
  let tokens = image |> patch |> rearrange("b width i j -> b (i j) width")
  let count = shape(tokens)[1] + 1
  param pos: [1, count, width] = normal(std = 0.02)
  let blocks = map(range(depth), _ => gpt_block(heads, hidden, drop, activation = gelu, look_ahead = true))
  let ln = layer_norm
  let fc = dense(classes)
  let x = concat([expand(cls, shape = [b, 1, width]), tokens], axis = 1) + pos |> dropout(drop)
  return (x |> chain(blocks))[:, 0] |> ln |> fc
}

/// BERT's encoder over token numbers: tables of words, positions and segments, a norm, and `depth` layers that look both ways
/// (post-norm, GELU): [b, t, width]. `segment` is 0 where it is not given; `mask` [b, t] is true for real tokens. Names are
/// those of the published weights: `embeddings.word_embeddings`, `encoder.layer.0.attention.self.query` and so on.
/// Devlin et al., 2019.
block bert(
  vocab: int,
  context: int = 512,
  width: int = 768,
  heads: int = 12,
  hidden: int = 3072,
  depth: int = 12,
  drop: float = 0.1,
)(tokens: i32[b, t], segment: i32[b, t]?, mask: bool[b, t]?) -> [b, t, width] {
  let embeddings = bert_embeddings(vocab, context, width, drop)
  let encoder = bert_encoder(heads, hidden, depth, drop)
  return encoder(embeddings(tokens, segment), if mask == none then none else mask[:, none, none, :])
}

/// The sum of the rows of `word_embeddings`, `position_embeddings` and `token_type_embeddings` (of two), then `LayerNorm`.
block bert_embeddings(vocab: int, context: int, width: int, drop: float)
  (tokens: i32[b, t], segment: i32[b, t]?) -> [b, t, width] {
  let small = normal(std = 0.02)
  let word_embeddings = embedding(vocab, width, init = small)
  let position_embeddings = learned_positions(context)
  let token_type_embeddings = embedding(2, width, init = small)
  let LayerNorm = layer_norm(eps = 1e-12)
  let kind = if segment == none then zeros([b, t], dtype = i32) else segment
  return word_embeddings(tokens) + token_type_embeddings(kind) |> position_embeddings |> LayerNorm |> dropout(drop)
}

/// `depth` layers of `bert_layer`: `layer.0` and so on.
block bert_encoder(heads: int, hidden: int, depth: int, drop: float)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let layer = map(range(depth), _ => bert_layer(heads, hidden, drop))
  return x |> chain(map(layer, one => x => one(x, mask)))
}

/// `attention`, then `intermediate.dense` [hidden, d] with GELU and `output.dense` [d, hidden] with a residual and a norm.
block bert_layer(heads: int, hidden: int, drop: float)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let attention = bert_attention(heads, drop)
  let intermediate = bert_dense(hidden)
  let output = bert_output(drop)
  let x = attention(x, mask)
  return output(x |> intermediate |> gelu, x)
}

/// Attention to the positions themselves with a residual and a norm: `self`, `output`.
block bert_attention(heads: int, drop: float)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let self = bert_self_attention(heads, drop)
  let output = bert_output(drop)
  return output(self(x, mask), x)
}

/// `query`, `key` and `value`, three linear maps, and `attention` of them in `heads` subspaces.
block bert_self_attention(heads: int, drop: float)(x: [b, t, d], mask: bool[...m]?) -> [b, t, d] {
  let query = dense(d, init = normal(std = 0.02), bias_init = zeros)
  let key = dense(d, init = normal(std = 0.02), bias_init = zeros)
  let value = dense(d, init = normal(std = 0.02), bias_init = zeros)
  let apart = rearrange("b t (heads e) -> b heads t e")
  let y = attention(drop = drop)(x |> query |> apart, x |> key |> apart, x |> value |> apart, mask = mask)
  return y |> rearrange("b heads t e -> b t (heads e)")
}

/// A linear map under the name `dense`.
block bert_dense(units: int)(x: [..., d]) -> [..., units] {
  let dense = dense(units, init = normal(std = 0.02), bias_init = zeros)
  return dense(x)
}

/// `dense`, dropout, the residual `x` added, `LayerNorm`.
block bert_output(drop: float)(y: [..., hidden], x: [..., d]) -> [..., d] {
  let dense = dense(d, init = normal(std = 0.02), bias_init = zeros)
  let LayerNorm = layer_norm(eps = 1e-12)
  return LayerNorm(x + (y |> dense |> dropout(drop)))
}

"""PyTorch's side of `npm run bench`: one contender per process, one JSON request per line in, one JSON reply out.

The same weights, rows, order and AdamW as Grokscope's own contenders, read from the exchange folder. Full precision,
dropout off. Contenders: GPT-2 as transformers has it, logits at the answer positions only; a GPT-2 of ours under the
same parameter names whose last block computes queries and MLP at the answer positions only; and the transformer
without LayerNorm of Nanda et al. 2023, both ways (transformers has no such model).

Letters: B rows, T positions, K answer positions, C width, H heads, D = C / H, V vocabulary.
"""

import json
import math
import os
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file


def pick(x, positions):
    """Rows `positions` [B, K] of x [B, T, C] -> [B, K, C]."""
    return x.gather(1, positions.unsqueeze(-1).expand(-1, -1, x.shape[-1]))


def heads(x, n):
    """[B, T, C] -> [B, H, T, D]"""
    return x.view(x.shape[0], x.shape[1], n, -1).transpose(1, 2)


def attend(q, k, v, positions):
    """Causal attention of [B, H, T, D]; with `positions` [B, K], q is [B, H, K, D] and stands at those positions."""
    if positions is None:
        z = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    else:
        keys = torch.arange(k.shape[2], device=k.device)
        visible = keys <= positions[:, None, :, None]  # [B, 1, K, T]
        scores = (q @ k.transpose(-1, -2)) * (1 / math.sqrt(q.shape[-1]))  # [B, H, K, T]
        z = scores.masked_fill(~visible, -1e9).softmax(-1) @ v  # [B, H, K, D]
    return z.transpose(1, 2).flatten(2)  # [B, T|K, C]


class OwnGpt2(torch.nn.Module):
    """GPT-2 over a dict of parameters under transformers' names; the last block restricted to the answers."""

    def __init__(self, workload, weights):
        super().__init__()
        self.config = workload["model"]
        self.names = list(weights)
        self.weights = torch.nn.ParameterList([torch.nn.Parameter(w) for w in weights.values()])

    def named(self):
        return dict(zip(self.names, self.weights))

    def forward(self, tokens, positions):
        w = self.named()
        n_layer, n_head, eps = (self.config[key] for key in ("nLayer", "nHead", "layerNormEps"))
        C = self.config["dModel"]

        def norm(x, name):
            return F.layer_norm(x, (C,), w[name + ".weight"], w[name + ".bias"], eps)

        def affine(x, name, columns=slice(None)):
            rows = x.reshape(-1, x.shape[-1])
            weight, bias = w[name + ".weight"][:, columns], w[name + ".bias"][columns]
            return torch.addmm(bias, rows, weight).view(*x.shape[:-1], -1)

        x = F.embedding(tokens, w["transformer.wte.weight"])  # [B, T, C]
        x = x + w["transformer.wpe.weight"][: tokens.shape[1]]
        for i in range(n_layer):
            at = f"transformer.h.{i}"
            h = norm(x, at + ".ln_1")
            if i < n_layer - 1:
                q, k, v = affine(h, at + ".attn.c_attn").split(C, -1)
                here = None
            else:
                q = affine(pick(h, positions), at + ".attn.c_attn", slice(0, C))  # [B, K, C]
                k, v = affine(h, at + ".attn.c_attn", slice(C, 3 * C)).split(C, -1)
                here, x = positions, pick(x, positions)  # [B, K, C]
            z = attend(heads(q, n_head), heads(k, n_head), heads(v, n_head), here)
            x = x + affine(z, at + ".attn.c_proj")
            h = F.gelu(affine(norm(x, at + ".ln_2"), at + ".mlp.c_fc"), approximate="tanh")
            x = x + affine(h, at + ".mlp.c_proj")
        return norm(x, "transformer.ln_f") @ w["transformer.wte.weight"].T  # [B, K, V]


class OwnTransformer1(torch.nn.Module):
    """The transformer without LayerNorm; matrices per head, all products as one with the heads side by side."""

    def __init__(self, workload, weights, restricted):
        super().__init__()
        self.n_layer = workload["model"]["nLayer"]
        self.restricted = restricted
        self.names = list(weights)
        self.weights = torch.nn.ParameterList([torch.nn.Parameter(w) for w in weights.values()])

    def named(self):
        return dict(zip(self.names, self.weights))

    def forward(self, tokens, positions):
        w = self.named()
        x = F.embedding(tokens, w["embed.W_E"]) + w["pos_embed.W_pos"][: tokens.shape[1]]  # [B, T, C]
        for i in range(self.n_layer):
            at = f"blocks.{i}."
            n_head, C, _ = w[at + "attn.W_Q"].shape

            def per_head(x, name):
                return heads(x @ w[at + name].transpose(0, 1).reshape(C, -1), n_head)

            k, v = per_head(x, "attn.W_K"), per_head(x, "attn.W_V")
            here = positions if self.restricted and i == self.n_layer - 1 else None
            if here is not None:
                x = pick(x, positions)  # [B, K, C]
            z = attend(per_head(x, "attn.W_Q"), k, v, here)
            x = x + z @ w[at + "attn.W_O"].reshape(-1, C)
            h = F.relu(x @ w[at + "mlp.W_in"] + w[at + "mlp.b_in"])
            x = x + h @ w[at + "mlp.W_out"] + w[at + "mlp.b_out"]
        if not self.restricted:
            x = pick(x, positions)
        return x @ w["unembed.W_U"]  # [B, K, V]


class TransformersGpt2(torch.nn.Module):
    """transformers' own GPT-2; the head is applied to the answer positions only."""

    def __init__(self, workload, weights):
        super().__init__()
        from transformers import GPT2Config, GPT2LMHeadModel

        model = GPT2LMHeadModel(GPT2Config(**workload["hfConfig"], use_cache=False)).train()
        missing, unexpected = model.load_state_dict(weights, strict=False)
        if unexpected or set(missing) - {"lm_head.weight"}:
            raise ValueError(f"weights do not fit: missing {missing}, unexpected {unexpected}")
        model.tie_weights()
        self.model = model

    def named(self):
        return dict(self.model.named_parameters())

    def forward(self, tokens, positions):
        hidden = self.model.transformer(tokens, use_cache=False).last_hidden_state  # [B, T, C]
        return self.model.lm_head(pick(hidden, positions))  # [B, K, V]


def build(workload, weights, restricted):
    if workload["model"]["family"] == "transformer1":
        return OwnTransformer1(workload, weights, restricted)
    return OwnGpt2(workload, weights) if restricted else TransformersGpt2(workload, weights)


class Contender:
    def __init__(self, request):
        folder, contender = request["folder"], request["contender"]
        torch.set_num_threads(request["threads"])
        self.device = torch.device("cuda" if request["gpu"] else "cpu")
        if request["gpu"]:
            torch.backends.cuda.matmul.allow_tf32 = False
        with open(os.path.join(folder, "workload.json")) as file:
            self.workload = workload = json.load(file)
        self.data = {
            name: tensor.long().to(self.device)
            for name, tensor in load_file(os.path.join(folder, "data.safetensors")).items()
        }
        weights = {
            name: tensor.to(self.device)
            for name, tensor in load_file(os.path.join(folder, "weights.safetensors")).items()
        }
        self.model = model = build(workload, weights, contender["restricted"]).to(self.device)

        config = workload["optimizer"]
        decayed = set(config["decayed"])
        named = model.named()
        groups = [
            {
                "params": [p for name, p in named.items() if name in decayed],
                "weight_decay": config["weightDecay"],
            },
            {"params": [p for name, p in named.items() if name not in decayed], "weight_decay": 0.0},
        ]
        self.parameters = list(named.values())
        self.clip_norm = config["clipNorm"]
        # One kernel for the whole update; torch has it for processors and GPUs.
        self.optimizer = torch.optim.AdamW(
            [group for group in groups if group["params"]],
            lr=config["lr"],
            betas=(config["beta1"], config["beta2"]),
            eps=config["eps"],
            fused=True,
        )

        def loss(tokens, positions, labels):
            logits = model(tokens, positions)  # [B, K, V]
            return F.cross_entropy(logits.flatten(0, 1), labels.flatten())

        # On a GPU small kernels cost their launch: CUDA graphs, torch's own answer to that.
        mode = {"mode": "reduce-overhead"} if request["gpu"] else {}
        self.loss = torch.compile(loss, **mode) if contender["compile"] else loss
        self.step_number = 0

    def rows(self):
        """Indices of the examples of the next step: the epochs in their order, again from the first at the end."""
        epochs, count = self.data["order"].shape
        size = self.workload["batchSize"]
        per_epoch = -(-count // size)
        epoch, step = divmod(self.step_number, per_epoch)
        return self.data["order"][epoch % epochs, step * size : (step + 1) * size]

    def step(self):
        rows = self.rows()
        batch = [self.data[name][rows] for name in ("tokens", "positions", "labels")]
        loss = self.loss(*batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.optimizer.step()
        self.step_number += 1
        return loss, norm

    def checks(self):
        done = []
        for _ in range(self.workload["checkedSteps"]):
            loss, norm = self.step()
            done.append({"loss": loss.item(), "gradNorm": norm.item()})
        return done

    def block(self, steps):
        self.wait()
        start, cpu = time.perf_counter(), time.process_time()
        for i in range(steps):
            loss, _ = self.step()
            if i % self.workload["lossEvery"] == 0 or i == steps - 1:
                loss.item()
        self.wait()
        ms = (time.perf_counter() - start) * 1000
        return {"ms": ms, "cpuMs": (time.process_time() - cpu) * 1000}

    def wait(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def matmul(self, size):
        a = torch.full((size, size), 1 / size, device=self.device)
        best, begin = math.inf, time.perf_counter()
        a @ a
        while time.perf_counter() - begin < 0.5:
            self.wait()
            start = time.perf_counter()
            a @ a
            self.wait()
            best = min(best, time.perf_counter() - start)
        return {"gflops": 2 * size**3 / best / 1e9}


def peak_bytes():
    if os.path.exists("/proc/self/status"):
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def describe(contender):
    import transformers

    device = f"{torch.get_num_threads()} threads"
    if contender.device.type == "cuda":
        device = torch.cuda.get_device_name(contender.device)
    return {
        "versions": {
            "python": sys.version.split()[0],
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
        "device": device,
        "gpu": contender.device.type == "cuda",
    }


def main():
    # What libraries print must not come between the replies.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    contender = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["type"] == "start":
                contender = Contender(request)
                answer = {"checks": contender.checks(), **describe(contender)}
            elif request["type"] == "block":
                answer = contender.block(request["steps"])
            elif request["type"] == "matmul":
                answer = contender.matmul(request["size"])
            else:
                answer = {"peakBytes": peak_bytes()}
            reply = {"ok": answer}
        except Exception as error:  # whatever it is, the benchmark's other contenders go on
            import traceback

            traceback.print_exc()
            text = f"{type(error).__name__}: {error}".split("\n")[0]
            reply = {"error": {"code": "torch", "message": text, "hint": ""}}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()

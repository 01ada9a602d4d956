"""Makes random models with transformers and saves them: {"folder", "model_type", "config", "tokens"} a line."""

import copy
import json
import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
torch.set_num_threads(1)

for line in sys.stdin:
    request = json.loads(line)
    torch.manual_seed(7)
    config = AutoConfig.for_model(request["model_type"], **request["config"])
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    # Before the first forward pass: RWKV halves weights in place for its evaluation.
    kept = copy.deepcopy(model).to(getattr(torch, request.get("dtype", "float32")))
    kept.save_pretrained(request["folder"], max_shard_size=request.get("shard", "1GB"))
    with torch.no_grad():
        logits = model(torch.tensor(request["tokens"])).logits
    print(json.dumps({"logits": logits.flatten().tolist()}), flush=True)

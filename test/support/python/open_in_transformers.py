"""Opens checkpoint folders with transformers: a JSON request {"folder", "tokens"} a line, a JSON answer a line."""

import json
import sys

import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
torch.set_num_threads(1)

for line in sys.stdin:
    request = json.loads(line)
    try:
        model, info = AutoModelForCausalLM.from_pretrained(
            request["folder"], output_loading_info=True
        )
        model.eval()
        with torch.no_grad():
            logits = model(torch.tensor(request["tokens"])).logits
        answer = {
            "architecture": type(model).__name__,
            "dtype": str(logits.dtype),
            "parameters": sum(p.numel() for p in model.parameters()),
            "strange": {key: sorted(map(str, info[key])) for key in info if info[key]},
            "logits": logits.flatten().tolist(),
        }
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

"""The network that hears what the mouth does: dilated convolutions over log-mel, 0.4 s of sound on either side."""

import torch
from torch import nn

from features import BANDS
from phonemes import CURVES

# Channels of each layer; a presenter's style is learnt from the last one's.
FEATURES = 64
# Kernel and dilation of each layer. networks.ts knows the context that they add up to: 2 + 4 + 8 + 8 + 16 frames.
LAYERS = [(5, 1), (5, 2), (5, 4), (3, 8), (3, 16)]


class AudioToMouth(nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = [], BANDS
        for kernel, dilation in LAYERS:
            padding = dilation * (kernel // 2)
            layers += [nn.Conv1d(inputs, FEATURES, kernel, dilation=dilation, padding=padding), nn.ReLU()]
            inputs = FEATURES
        self.hear = nn.Sequential(*layers)
        self.move = nn.Conv1d(FEATURES, len(CURVES), 1)
        self.voice = nn.Conv1d(FEATURES, 1, 1)

    def forward(self, mel):
        """mel: batch x 40 x T. Curves (batch x 5 x T), logit of voice (batch x 1 x T), features (batch x 64 x T)."""
        features = self.hear(mel)
        return self.move(features), self.voice(features), features


class Exported(nn.Module):
    """With a probability in place of the logit."""

    def __init__(self, network: AudioToMouth):
        super().__init__()
        self.network = network

    def forward(self, mel):
        curves, voice, features = self.network(mel)
        return curves, torch.sigmoid(voice), features

"""Networks of timm, torchvision and Hugging Face."""

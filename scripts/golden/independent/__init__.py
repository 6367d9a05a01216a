"""Networks that neither torchvision nor timm has in this form, written from the papers.

They share no code with the program that they check.
"""

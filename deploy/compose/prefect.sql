-- Run once, when the volume is new: Prefect's database beside Quai's. One can be lost or restored without the other.
create database prefect;
